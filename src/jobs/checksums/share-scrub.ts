import { concludeScrub } from './conclude.js';
import { expectScrub, type ScrubExpectation } from './expected-rows.js';
import { Gathered } from './gathered.js';
import { enterWindow, stopAtClosing } from './keep-window.js';
import { ByteLimit, stopAfter } from './limits.js';
import { oldestFirst, type Selection } from './oldest-first.js';
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
  const selection: Selection = { keys: 0, skipped: 0 };
  let expected: ScrubExpectation;
  try {
    await enterWindow(options, ports, stopper);
    const before = ports.clock.now();
    expected = await expectScrub(options, ports, tally);
    run.untilEnd(stopAtClosing(options, ports.clock, stopper));
    run.untilEnd(stopAfter(options.maxDurationMs, ports.clock, stopper));
    const limit = new ByteLimit(options.maxBytes);
    const rows = limit.take(oldestFirst(ports, { ...options, before }, selection, stopper.signal));
    const drafts = unitsOf(rows, tally.total.rows_remaining, options, ports);
    await handOut(drafts, limit, gathered, run, ports);
  } finally {
    run.end();
  }
  selection.skipped += gathered.skipped;
  return concludeScrub(run, gathered, { expected, selection }, options, ports);
}
