import { timeText } from '../../core/iso-time.js';
import type { PartialProgressSummary } from '../../jobs/checksums/report/partial-progress.js';
import type { PartsJob } from '../../registry/archive-parts-port.js';
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

/** What each job that reads archives in parts reads, and does with it. */
export const ARCHIVE_PARTS = {
  'listings check': { noun: 'archive', verb: 'checked' },
  'recovery drill': { noun: 'artifact', verb: 'restored' },
} as const satisfies Record<PartsJob, { noun: string; verb: string }>;

/** The archives, or contents of archives, that a job reads in parts; undefined if there are none. */
export async function archiveSummary(
  state: Queries,
  job: PartsJob,
): Promise<PartialProgressSummary | undefined> {
  const progress = await archiveProgress(state, job);
  return progress === undefined ? undefined : partialSummary(progress);
}
