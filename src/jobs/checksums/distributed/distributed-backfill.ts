import type { BackfillOptions } from '../options.js';
import { RunUnderWay } from '../pipeline/active-run.js';
import { enterWindow, stopAtClosing } from '../pipeline/keep-window.js';
import { RowLimit } from '../pipeline/limits.js';
import type { ChecksumOutcome } from '../pipeline/outcome.js';
import { filterOf, workKeys } from '../pipeline/work-list.js';
import { concludeBackfill } from '../report/conclude.js';
import type { BackfillSummary } from '../report/summary.js';
import { expectBackfill } from '../scrub/expected-rows.js';
import { handOut, type SharedPorts } from './distributed.js';
import { unitsOf } from './plan-units.js';
import { SetAside } from './set-aside.js';
import { UnitResults } from './unit-results.js';

/**
 * The backfill, distributed to workers on any hosts. This side plans, waits and adds up the results; it reads no file.
 * Summary, findings and exit code are the same as for a run on one machine.
 * @throws Failure `window.closed`, `artifacts.none` before any unit is handed out
 */
export async function shareBackfill(
  options: BackfillOptions,
  ports: SharedPorts,
): Promise<ChecksumOutcome<BackfillSummary>> {
  const run = new RunUnderWay(ports, () => undefined);
  const { stopper, tally } = run;
  const filter = filterOf(options, ports.clock);
  const aside = new SetAside();
  const results = new UnitResults(tally, ports, aside);
  try {
    await enterWindow(options, ports, stopper);
    await expectBackfill(options, ports, filter, tally);
    run.onEnd(stopAtClosing(options, ports.clock, stopper));
    const open = tally.total.rows_remaining;
    if (open > 0) {
      const limit = new RowLimit(options.limit);
      const keys = workKeys(ports.artifacts, { filter, all: options.stat, tally, signal: stopper.signal });
      await handOut(unitsOf(limit.take(keys), open, options, ports), limit, { run, results, aside }, ports);
    }
  } finally {
    run.end();
  }
  return concludeBackfill(run, results, options, ports);
}
