import { Failure } from '../../core/failure.js';
import type { WorkFilter } from '../../registry/artifacts-port.js';
import { enterWindow, stopAtClosing } from './keep-window.js';
import { openRows } from './open-rows.js';
import type { BackfillOptions, ChecksumPorts } from './options.js';
import { type ChecksumOutcome, outcomeOf } from './outcome.js';
import { READ_KEYS, RowPipeline } from './pipeline.js';
import { reportProgress } from './progress.js';
import { Stopper } from './stopper.js';
import { type BackfillSummary, requireAccounted, Tally } from './summary.js';
import { workList } from './work-list.js';

/**
 * Hashes the file of every artifact that is not done, and records it: see `docs/architecture.md`. What was committed is
 * in the summary whatever ended the run, and running it again goes on with what is not done.
 * @throws Failure `root.unavailable`, `window.closed`, `artifacts.none` before any row was worked on
 */
export async function backfillChecksums(
  options: BackfillOptions,
  ports: ChecksumPorts,
): Promise<ChecksumOutcome<BackfillSummary>> {
  const startedMs = ports.clock.monotonicMs();
  const stopper = new Stopper(() => ports.files.stop());
  const unfollow = stopper.follow(ports.signal);
  const tally = new Tally();
  const filter = filterOf(options, ports);
  await enterWindow(options, ports, stopper);
  await ports.files.checkRoots();
  await expectWork(options, ports, tally, filter);
  const pipeline = new RowPipeline(
    options,
    ports,
    { action: 'checksum', onDrift: options.onDrift, recheckBefore: filter.recheckBefore, skipsDone: true },
    stopper,
    tally,
  );
  const stopProgress = reportProgress(ports, tally);
  const endWatch = stopAtClosing(options, ports.clock, stopper);
  try {
    await workThrough(options, ports, { pipeline, stopper, tally, filter });
    await pipeline.drain();
  } finally {
    endWatch();
    stopProgress();
    unfollow();
  }
  stopper.rethrowBug();
  if (!stopper.stopped) tally.nothingRemains();
  const driftOpen = await countDrift(options, ports, stopper, tally);
  const summary: BackfillSummary = {
    ...tally.total,
    drift_open: driftOpen,
    bytes_hashed: ports.files.bytesRead,
    elapsed_ms: Math.round(ports.clock.monotonicMs() - startedMs),
    stopped_by: stopper.stoppedBy,
    by_type: tally.byType(),
  };
  requireAccounted(summary);
  const drift = Math.max(driftOpen, summary.drift_events - pipeline.rejectedDrift);
  return outcomeOf(summary, { drift, lost: pipeline.lostUnexplained }, options, stopper);
}

interface Work {
  pipeline: RowPipeline;
  stopper: Stopper;
  tally: Tally;
  filter: WorkFilter;
}

async function workThrough(options: BackfillOptions, ports: ChecksumPorts, work: Work): Promise<void> {
  const { pipeline, stopper, tally } = work;
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  const rest = tally.total.rows_remaining;
  if (rest === 0 && !options.stat) return;
  try {
    const batches = workList(ports.artifacts, {
      filter: work.filter,
      batchRows: options.batchRows,
      all: options.stat,
      keys: READ_KEYS,
      signal: stopper.signal,
    });
    for await (const batch of batches) {
      const open = await openRows(
        batch,
        { stat: options.stat, recheckBefore: work.filter.recheckBefore },
        ports,
        tally,
      );
      const rows = open.slice(0, left);
      left -= rows.length;
      await pipeline.take(rows);
      if (rows.length < open.length) {
        // Before it stops: what was taken is within the limit.
        await pipeline.drain();
        return stopper.stop('limit');
      }
      if (stopper.stopped) return;
    }
  } catch (error) {
    stopper.fail(error);
  }
}

/** With --stat every row is looked at, so every row is work until it was. */
export async function expectWork(
  options: BackfillOptions,
  ports: Pick<ChecksumPorts, 'artifacts'>,
  tally: Tally,
  filter: WorkFilter,
): Promise<void> {
  const counts = await ports.artifacts.counts(filter);
  if (counts.every((count) => count.rows === 0)) {
    throw new Failure('artifacts.none', `no row of ${ports.artifacts.table} that was asked for has a path`, {
      hint: 'see registry.table, registry.columns.path and --type',
    });
  }
  for (const { type, rows, done } of counts) {
    tally.expect(type, options.stat ? rows : rows - done);
    tally.alreadyDone(type, options.stat ? 0 : done);
  }
}

export function filterOf(options: BackfillOptions, ports: Pick<ChecksumPorts, 'clock'>): WorkFilter {
  const { types, recheckOlderThanMs } = options;
  if (recheckOlderThanMs === undefined) return { types };
  return { types, recheckBefore: new Date(ports.clock.now().getTime() - recheckOlderThanMs) };
}

/** What is not written to the registry is open all the same. */
export async function countDrift(
  options: BackfillOptions,
  ports: Pick<ChecksumPorts, 'drift' | 'writes'>,
  stopper: Stopper,
  tally: Tally,
): Promise<number> {
  const unwritten = ports.writes ? 0 : tally.total.drift_events;
  try {
    return (await ports.drift.openCount(options.types)) + unwritten;
  } catch (error) {
    if (stopper.failure === undefined) throw error;
    return tally.total.drift_events;
  }
}
