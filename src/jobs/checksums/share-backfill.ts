import { concludeBackfill } from './conclude.js';
import { expectBackfill } from './expected-rows.js';
import { Gathered } from './gathered.js';
import { enterWindow, stopAtClosing } from './keep-window.js';
import { RowLimit } from './limits.js';
import type { BackfillOptions } from './options.js';
import type { ChecksumOutcome } from './outcome.js';
import { RunUnderWay } from './run-under-way.js';
import { handOut, type SharedPorts } from './share.js';
import type { BackfillSummary } from './summary.js';
import { unitsOf } from './unit-drafts.js';
import { filterOf, workKeys } from './work-list.js';

/**
 * The backfill, done by workers on any hosts: this side plans, waits and adds up, and reads no file. Summary, findings
 * and exit code are those of one machine.
 * @throws Failure `window.closed`, `artifacts.none` before any unit was handed out
 */
export async function shareBackfill(
  options: BackfillOptions,
  ports: SharedPorts,
): Promise<ChecksumOutcome<BackfillSummary>> {
  const run = new RunUnderWay(ports, () => undefined);
  const { stopper, tally } = run;
  const filter = filterOf(options, ports.clock);
  const gathered = new Gathered(tally, ports, ports.retryCommand);
  try {
    await enterWindow(options, ports, stopper);
    await expectBackfill(options, ports, filter, tally);
    run.untilEnd(stopAtClosing(options, ports.clock, stopper));
    const open = tally.total.rows_remaining;
    if (open > 0) {
      const limit = new RowLimit(options.limit);
      const keys = workKeys(ports.artifacts, { filter, all: options.stat, tally, signal: stopper.signal });
      await handOut(unitsOf(limit.take(keys), open, options, ports), limit, gathered, run, ports);
    }
  } finally {
    run.end();
  }
  return concludeBackfill(run, gathered, options, ports);
}
