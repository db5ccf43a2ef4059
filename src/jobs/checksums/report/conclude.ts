import type { Finding } from '../../../core/finding.js';
import { formatSize } from '../../../core/sizes.js';
import type { BackfillOptions, ChecksumOptions, ChecksumPorts, ScrubOptions } from '../options.js';
import type { RunUnderWay } from '../pipeline/active-run.js';
import { type ChecksumOutcome, outcomeOf } from '../pipeline/outcome.js';
import { requireCovered, type ScrubExpectation } from '../scrub/expected-rows.js';
import type { Selection } from '../scrub/oldest-first.js';
import { scrubCoverage } from '../scrub/scrub-coverage.js';
import { reportAmbiguousIds } from './ambiguous-ids.js';
import type { RowVerdict } from './row-report.js';
import { type BackfillSummary, requireAccounted, type ScrubSummary } from './summary.js';

/** What is known about the rows besides the tally, from the local pipeline or from workers. */
export interface RowsRead {
  readonly bytes: number;
  readonly verdict: Readonly<RowVerdict>;
}

type Ports = Pick<ChecksumPorts, 'artifacts' | 'clock' | 'drift' | 'emit' | 'noteVerified' | 'writes'>;

/**
 * Adds up a backfill and determines its outcome. @throws Error for a bug only; every other failure is in the outcome
 */
export async function concludeBackfill(
  run: RunUnderWay,
  read: RowsRead,
  options: BackfillOptions,
  ports: Ports,
): Promise<ChecksumOutcome<BackfillSummary>> {
  const summary = await addUp(run, read, options, ports);
  return outcomeOfRun(run, { read, summary }, options, ports);
}

/** What a scrub expected, what it selected, and what is known about those rows. */
interface Scrubbed {
  read: RowsRead;
  expected: ScrubExpectation;
  selection: Selection;
}

/** Adds up a scrub and determines its outcome. @throws Error for a bug only */
export async function concludeScrub(
  run: RunUnderWay,
  { read, expected, selection }: Scrubbed,
  options: ScrubOptions,
  ports: Ports,
): Promise<ChecksumOutcome<ScrubSummary>> {
  if (!run.stopper.stopped) {
    try {
      await requireCovered({ expected, selection, total: run.tally.total }, options, ports);
    } catch (error) {
      run.stopper.fail(error);
    }
  }
  const summary: ScrubSummary = {
    ...(await addUp(run, read, options, ports)),
    rows_never_verified: expected.neverVerified,
    ...(await scrubCoverage(options, ports, run.tally, run.stopper)),
  };
  return outcomeOfRun(run, { read, summary }, options, ports);
}

async function addUp(
  { startedMs, stopper, tally }: RunUnderWay,
  read: RowsRead,
  options: ChecksumOptions,
  ports: Ports,
): Promise<BackfillSummary> {
  stopper.rethrowBug();
  if (!stopper.stopped) tally.nothingRemains();
  await noteVerified(read, options, { stopper }, ports);
  const driftOpen = await countDrift({ stopper, tally }, read, options, ports);
  return {
    ...tally.total,
    drift_open: driftOpen,
    bytes_hashed: read.bytes,
    elapsed_ms: Math.round(ports.clock.monotonicMs() - startedMs),
    stopped_by: stopper.stoppedBy,
    by_type: tally.byType(),
  };
}

/** One journal entry for the whole run, however it ended, because committed rows stay committed. */
async function noteVerified(
  { verdict: { verified: files } }: RowsRead,
  { runId, actor }: ChecksumOptions,
  { stopper }: Pick<RunUnderWay, 'stopper'>,
  ports: Ports,
): Promise<void> {
  if (files === 0) return;
  try {
    await ports.noteVerified({ runId, actor, files });
  } catch (error) {
    // If the registry's failure ended the run, this query is expected to fail too.
    if (stopper.failure === undefined) throw error;
  }
}

/** Reports a run that read bytes but finished no file: it looks busy, but nothing new is known. */
function nothingFinished(summary: BackfillSummary, table: string): Finding | undefined {
  if (summary.bytes_hashed === 0 || summary.rows_scanned > 0) return undefined;
  const kept =
    summary.rows_partial > 0 ? '; the progress was saved, and the next run continues from there' : '';
  return {
    code: 'checksums.nothing_finished',
    severity: 'warning',
    subject: table,
    message: `${formatSize(summary.bytes_hashed)} were read, but no file was finished${kept}`,
    detail: {
      bytes_hashed: summary.bytes_hashed,
      rows_partial: summary.rows_partial,
      rows_remaining: summary.rows_remaining,
    },
  };
}

/** Drift that was not written to the registry still counts as open, unless a person has decided it. */
async function countDrift(
  { stopper, tally }: Pick<RunUnderWay, 'stopper' | 'tally'>,
  { verdict }: RowsRead,
  { types }: ChecksumOptions,
  ports: Ports,
): Promise<number> {
  const unwritten = ports.writes ? 0 : tally.total.drift_events - verdict.rejected;
  try {
    return (await ports.drift.openCount(types)) + unwritten;
  } catch (error) {
    // If the registry's failure ended the run, this query is expected to fail too.
    if (stopper.failure === undefined) throw error;
    return tally.total.drift_events;
  }
}

async function outcomeOfRun<Summary extends BackfillSummary>(
  { stopper, tally }: RunUnderWay,
  { read, summary }: { read: RowsRead; summary: Summary },
  options: ChecksumOptions,
  ports: Ports,
): Promise<ChecksumOutcome<Summary>> {
  const { lost, rejected, directories } = read.verdict;
  requireAccounted(summary);
  const drift = Math.max(summary.drift_open, summary.drift_events - rejected);
  const nothing = nothingFinished(summary, ports.artifacts.table);
  if (nothing) ports.emit({ type: 'finding', finding: nothing });
  for (const finding of directories.findings()) ports.emit({ type: 'finding', finding });
  const notUnique = await reportAmbiguousIds(ports, tally.total, stopper);
  return outcomeOf(summary, { drift, lost, notUnique, directories: directories.count }, options, stopper);
}
