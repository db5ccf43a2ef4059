import { concludeScrub } from './conclude.js';
import { expectScrub } from './expected-rows.js';
import { Gathered } from './gathered.js';
import { enterWindow, stopAtClosing } from './keep-window.js';
import { ByteLimit, stopAfter } from './limits.js';
import { oldestFirst } from './oldest-first.js';
import type { ScrubOptions } from './options.js';
import type { ChecksumOutcome } from './outcome.js';
import { RunUnderWay } from './run-under-way.js';
import { handOut, type SharedPorts } from './share.js';
import type { ScrubSummary } from './summary.js';
import { unitsOf } from './unit-drafts.js';

/**
 * The scrub, done by workers on any hosts. `--max-duration` and `--max-bytes` hold for all of them together.
 * @throws Failure `window.closed`, `artifacts.none` before any unit was handed out
 */
export async function shareScrub(
  options: ScrubOptions,
  ports: SharedPorts,
): Promise<ChecksumOutcome<ScrubSummary>> {
  const run = new RunUnderWay(ports, () => undefined);
  const { stopper, tally } = run;
  const gathered = new Gathered(tally, ports, ports.retryCommand);
  let neverVerified: number;
  try {
    await enterWindow(options, ports, stopper);
    const startedAt = ports.clock.now();
    neverVerified = await expectScrub(options, ports, tally);
    run.untilEnd(stopAtClosing(options, ports.clock, stopper));
    run.untilEnd(stopAfter(options.maxDurationMs, ports.clock, stopper));
    const limit = new ByteLimit(options.maxBytes);
    const rows = limit.take(
      oldestFirst(ports.artifacts, startedAt, options, { tally, signal: stopper.signal }),
    );
    const drafts = unitsOf(rows, tally.total.rows_remaining, options, ports);
    await handOut(drafts, limit, gathered, run, ports);
  } finally {
    run.end();
  }
  return concludeScrub(run, gathered, neverVerified, options, ports);
}
