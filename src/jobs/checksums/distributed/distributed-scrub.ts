import type { ScrubOptions } from '../options.js';
import { RunUnderWay } from '../pipeline/active-run.js';
import { enterWindow, stopAtClosing } from '../pipeline/keep-window.js';
import { ByteLimit, stopAfter } from '../pipeline/limits.js';
import type { ChecksumOutcome } from '../pipeline/outcome.js';
import { concludeScrub } from '../report/conclude.js';
import type { ScrubSummary } from '../report/summary.js';
import { expectScrub, type ScrubExpectation } from '../scrub/expected-rows.js';
import { oldestFirst, type Selection } from '../scrub/oldest-first.js';
import { handOut, type SharedPorts } from './distributed.js';
import { unitsOf } from './plan-units.js';
import { SetAside } from './set-aside.js';
import { UnitResults } from './unit-results.js';

/**
 * The scrub, distributed to workers on any hosts. `--max-duration` and `--max-bytes` limit all workers together.
 * @throws Failure `window.closed`, `artifacts.none` before any unit is handed out
 */
export async function shareScrub(
  options: ScrubOptions,
  ports: SharedPorts,
): Promise<ChecksumOutcome<ScrubSummary>> {
  const run = new RunUnderWay(ports, () => undefined);
  const { stopper, tally } = run;
  const aside = new SetAside();
  const results = new UnitResults(tally, ports, aside);
  const selection: Selection = { keys: 0, skipped: 0 };
  let expected: ScrubExpectation;
  try {
    await enterWindow(options, ports, stopper);
    const before = ports.clock.now();
    expected = await expectScrub(options, ports, tally);
    run.onEnd(stopAtClosing(options, ports.clock, stopper));
    run.onEnd(stopAfter(options.maxDurationMs, ports.clock, stopper));
    const limit = new ByteLimit(options.maxBytes, ports.parts && ((row) => aside.add(row)));
    const rows = limit.take(
      oldestFirst(ports, { ...options, before }, selection, { tally, signal: stopper.signal }),
    );
    const drafts = unitsOf(rows, tally.total.rows_remaining, options, ports);
    await handOut(drafts, limit, { run, results, aside }, ports);
  } finally {
    run.end();
  }
  selection.skipped += results.skipped;
  return concludeScrub(run, { read: results, expected, selection }, options, ports);
}
