import { timeText } from '../../core/iso-time.js';
import { PARTS_JOBS, type PartsJob } from '../../core/parts-jobs.js';
import { type PartialProgressSummary, partialText } from '../../jobs/checksums/report/partial-progress.js';
import { archiveProgress, type PartialProgress } from '../../registry/queries/partial-progress.js';
import type { Queries } from '../../registry/queries.js';

/** With the field names of `--json`. */
export function partialSummary(progress: PartialProgress): PartialProgressSummary {
  return {
    files: progress.files,
    done_bytes: progress.doneBytes,
    total_bytes: progress.totalBytes,
    remaining_bytes: progress.totalBytes - progress.doneBytes,
    last_run_bytes: progress.lastRunBytes,
    last_run_at: timeText(progress.lastRunAt),
    runs_left: progress.runsLeft,
  };
}

/** The archives, or contents of archives, that a job reads in parts; null if there are none. */
export async function archiveSummary(state: Queries, job: PartsJob): Promise<PartialProgressSummary | null> {
  const progress = await archiveProgress(state, job);
  return progress === undefined ? null : partialSummary(progress);
}

/** The same as a line for people; empty if there are none. */
export function archivePartsLine(job: PartsJob, progress: PartialProgressSummary | null | undefined): string {
  return progress ? `${partialText(progress, PARTS_JOBS[job])}\n` : '';
}

/** The summary of a run that read something in part, with the progress of everything that its job reads in parts. */
export async function withArchiveProgress<Summary extends { in_parts: number }>(
  summary: Summary,
  state: Queries | undefined,
  job: PartsJob,
): Promise<WithArchiveProgress<Summary>> {
  if (state === undefined || summary.in_parts === 0) return summary;
  const progress = await archiveSummary(state, job);
  return progress === null ? summary : { ...summary, partial_progress: progress };
}

export type WithArchiveProgress<Summary> = Summary & { partial_progress?: PartialProgressSummary };
