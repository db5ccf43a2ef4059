import { counted } from '../../../core/pluralize.js';
import { formatSize } from '../../../core/sizes.js';

/** How far the files are that take more than one run, under the names that `--json` has. */
export interface PartialProgressSummary {
  files: number;
  /** Of all of them; a file that has to be read a second time counts twice. */
  done_bytes: number;
  total_bytes: number;
  remaining_bytes: number;
  /** What the newest run that went on with any of them has read. */
  last_run_bytes: number;
  last_run_at: string;
  /** Runs like the newest one until all of them are finished; null when it read nothing of them. */
  runs_left: number | null;
}

/** `2.1 TB of 3.4 TB of 1 file read in parts, about 3 more runs`. */
export function partialText({ files, done_bytes, total_bytes, runs_left }: PartialProgressSummary): string {
  const rest = runs_left === null ? '' : `, about ${counted(runs_left, 'more run')}`;
  return `${formatSize(done_bytes)} of ${formatSize(total_bytes)} of ${counted(files, 'file')} read in parts${rest}`;
}
