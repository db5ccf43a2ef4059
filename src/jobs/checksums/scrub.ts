import { Failure } from '../../core/failure.js';
import type { ArtifactRow, OldestKey, WorkFilter } from '../../registry/artifacts-port.js';
import { doneMarker } from './done.js';
import { enterWindow, stopAtClosing } from './keep-window.js';
import type { ChecksumPorts, ScrubOptions } from './options.js';
import { type ChecksumOutcome, outcomeOf } from './outcome.js';
import { READ_KEYS, RowPipeline } from './pipeline.js';
import { reportProgress } from './progress.js';
import { coverage } from './scrub-coverage.js';
import { Stopper } from './stopper.js';
import { requireAccounted, type ScrubSummary, Tally } from './summary.js';

const PAGE_KEYS = 20_000;

/**
 * Reads again what is done, the longest unverified first. A file that is as it was gets a new time, journaled, and
 * nothing else; drift is recorded and held, never written.
 * @throws Failure `root.unavailable`, `window.closed`, `artifacts.none` before any row was worked on
 */
export async function scrubChecksums(
  options: ScrubOptions,
  ports: ChecksumPorts,
): Promise<ChecksumOutcome<ScrubSummary>> {
  const startedMs = ports.clock.monotonicMs();
  const stopper = new Stopper(() => ports.files.stop());
  const unfollow = stopper.follow(ports.signal);
  const tally = new Tally();
  await enterWindow(options, ports, stopper);
  await ports.files.checkRoots();
  const startedAt = ports.clock.now();
  const never = await expectScrub(options, ports, tally);
  const settings = { action: 'verify', onDrift: 'hold', skipsDone: false } as const;
  const pipeline = new RowPipeline(options, ports, settings, stopper, tally);
  const stopProgress = reportProgress(ports, tally);
  const endWatch = stopAtClosing(options, ports.clock, stopper);
  const deadline = new AbortController();
  void stopAfter(options.maxDurationMs, ports, stopper, deadline.signal);
  try {
    await workThrough(options, ports, { pipeline, stopper, startedAt });
    await pipeline.drain();
  } finally {
    deadline.abort();
    endWatch();
    stopProgress();
    unfollow();
  }
  stopper.rethrowBug();
  if (!stopper.stopped) tally.nothingRemains();
  const driftOpen = stopper.failure ? tally.total.drift_events : await ports.drift.openCount(options.types);
  const summary: ScrubSummary = {
    ...tally.total,
    drift_open: driftOpen + (ports.writes ? 0 : tally.total.drift_events),
    bytes_hashed: ports.files.bytesRead,
    elapsed_ms: Math.round(ports.clock.monotonicMs() - startedMs),
    stopped_by: stopper.stoppedBy,
    by_type: tally.byType(),
    rows_never_verified: never,
    ...(await coverage(options, ports, tally, stopper)),
  };
  requireAccounted(summary);
  const drift = Math.max(summary.drift_open, summary.drift_events - pipeline.rejectedDrift);
  return outcomeOf(summary, { drift, lost: pipeline.lostUnexplained }, options, stopper);
}

interface Work {
  pipeline: RowPipeline;
  stopper: Stopper;
  startedAt: Date;
}

async function workThrough(options: ScrubOptions, ports: ChecksumPorts, work: Work): Promise<void> {
  const { pipeline, stopper } = work;
  let bytesLeft = options.maxBytes ?? Number.POSITIVE_INFINITY;
  let first = true;
  try {
    for await (const batch of oldestFirst(options, ports, work)) {
      const rows: ArtifactRow[] = [];
      for (const { row, sizeBytes } of batch) {
        // A file larger than the whole allowance is read when its turn comes: else it would never be.
        if (sizeBytes > bytesLeft && !first) break;
        first = false;
        bytesLeft -= sizeBytes;
        rows.push(row);
      }
      await pipeline.take(rows);
      if (rows.length < batch.length) {
        await pipeline.drain();
        return stopper.stop('limit');
      }
      if (stopper.stopped) return;
    }
  } catch (error) {
    stopper.fail(error);
  }
}

/** Done rows, the longest unverified first, read only when their batch is asked for. */
export async function* oldestFirst(
  options: ScrubOptions,
  ports: Pick<ChecksumPorts, 'artifacts'>,
  work: Pick<Work, 'stopper' | 'startedAt'>,
): AsyncGenerator<{ row: ArtifactRow; sizeBytes: number }[]> {
  const filter: WorkFilter & { before: Date } = { types: options.types, before: work.startedAt };
  let after: OldestKey | undefined;
  for (;;) {
    const page = await ports.artifacts.oldestDone(after, PAGE_KEYS, filter);
    for (let i = 0; i < page.length; i += options.batchRows) {
      if (work.stopper.stopped) return;
      const ids = page.slice(i, i + options.batchRows).map((key) => key.id);
      const rows = await ports.artifacts.read(ids, { keys: READ_KEYS });
      yield rows.flatMap((row) => {
        const marker = doneMarker(row);
        return marker && row.path !== null ? [{ row, sizeBytes: marker.sizeBytes }] : [];
      });
    }
    after = page.at(-1);
    if (page.length < PAGE_KEYS) return;
  }
}

/** Counts what there is to verify; returns how many rows were never hashed at all. */
export async function expectScrub(
  options: ScrubOptions,
  ports: Pick<ChecksumPorts, 'artifacts'>,
  tally: Tally,
): Promise<number> {
  const counts = await ports.artifacts.counts({ types: options.types });
  if (counts.every((count) => count.rows === 0)) {
    throw new Failure('artifacts.none', `no row of ${ports.artifacts.table} that was asked for has a path`, {
      hint: 'see registry.table, registry.columns.path and --type',
    });
  }
  for (const { type, done } of counts) tally.expect(type, done);
  return counts.reduce((sum, { rows, done }) => sum + rows - done, 0);
}

export async function stopAfter(
  maxDurationMs: number | undefined,
  ports: Pick<ChecksumPorts, 'clock'>,
  stopper: Stopper,
  over: AbortSignal,
): Promise<void> {
  if (maxDurationMs === undefined) return;
  await ports.clock.sleep(maxDurationMs, over);
  if (!over.aborted) stopper.stop('limit');
}
