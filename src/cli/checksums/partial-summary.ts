import { timeText } from '../../core/iso-time.js';
import type { PartialProgressSummary } from '../../jobs/checksums/report/partial-progress.js';
import type { PartialProgress } from '../../registry/queries/partial-progress.js';

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
