import type { ArtifactRow, WorkFilter } from '../../registry/artifacts/artifacts-port.js';
import type { BackfillOptions, ChecksumPorts } from './options.js';
import { RunUnderWay } from './pipeline/active-run.js';
import { runPipeline } from './pipeline/drive-pipeline.js';
import { enterWindow, stopAtClosing } from './pipeline/keep-window.js';
import { RowLimit } from './pipeline/limits.js';
import { openRows } from './pipeline/open-rows.js';
import type { ChecksumOutcome } from './pipeline/outcome.js';
import { RowPipeline } from './pipeline/pipeline.js';
import { reportProgress } from './pipeline/progress.js';
import { READ_KEYS } from './pipeline/read-rows.js';
import { filterOf, workList } from './pipeline/work-list.js';
import { concludeBackfill } from './report/conclude.js';
import type { BackfillSummary } from './report/summary.js';
import { expectBackfill } from './scrub/expected-rows.js';

/**
 * Hashes the file of every artifact that has no valid digest and records the digest; see `docs/architecture.md`.
 * However the run ends, its summary includes everything that was committed, and the next run continues with the rest.
 * @throws Failure `root.unavailable`, `window.closed`, `artifacts.none` before any row is processed
 */
export async function backfillChecksums(
  options: BackfillOptions,
  ports: ChecksumPorts,
): Promise<ChecksumOutcome<BackfillSummary>> {
  const run = new RunUnderWay(ports, () => ports.files.stop());
  const { stopper, tally } = run;
  const filter = filterOf(options, ports.clock);
  const { onDrift } = options;
  const settings = {
    action: 'checksum',
    onDrift,
    recheckBefore: filter.recheckBefore,
    skipsDone: true,
  } as const;
  const pipeline = new RowPipeline(options, ports, settings, run);
  try {
    await enterWindow(options, ports, stopper);
    await ports.files.checkRoots();
    await expectBackfill(options, ports, filter, tally);
    run.onEnd(reportProgress(ports, tally));
    run.onEnd(stopAtClosing(options, ports.clock, stopper));
    if (tally.total.rows_remaining > 0) {
      const limit = new RowLimit(options.limit);
      await runPipeline(limit.take(openBatches(options, ports, filter, run)), limit, pipeline, stopper);
    }
  } finally {
    run.end();
  }
  return concludeBackfill(run, pipeline.results, options, ports);
}

/** The rows of the work list, without those that turn out to be done already. */
async function* openBatches(
  { stat, batchRows }: BackfillOptions,
  ports: ChecksumPorts,
  filter: WorkFilter,
  { stopper, tally }: RunUnderWay,
): AsyncGenerator<ArtifactRow[]> {
  const { recheckBefore } = filter;
  const { signal } = stopper;
  const batches = workList(ports.artifacts, { filter, batchRows, all: stat, keys: READ_KEYS, tally, signal });
  for await (const batch of batches) yield await openRows(batch, { stat, recheckBefore }, ports, tally);
}
