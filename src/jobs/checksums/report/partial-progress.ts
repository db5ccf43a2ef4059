import { counted } from '../../../core/pluralize.js';
import { formatSize } from '../../../core/sizes.js';

/** The progress of files or archives that take more than one run, with the field names of `--json`. */
export interface PartialProgressSummary {
  files: number;
  /** The size of all of them; a file that has to be read a second time counts twice. */
  done_bytes: number;
  total_bytes: number;
  remaining_bytes: number;
  /** The bytes that the most recent run read of them. */
  last_run_bytes: number;
  last_run_at: string;
  /** How many more runs like the most recent one it takes to finish all; null if that run read nothing of them. */
  runs_left: number | null;
}

/** `1 file read in parts: 2.1 TB of 3.4 TB done, about 3 more runs`; for archives, with their own words. */
export function partialText(
  { files, done_bytes, total_bytes, runs_left }: PartialProgressSummary,
  { noun, verb }: { noun: string; verb: string } = { noun: 'file', verb: 'read' },
): string {
  const rest = runs_left === null ? '' : `, about ${counted(runs_left, 'more run')}`;
  return `${counted(files, noun)} ${verb} in parts: ${formatSize(done_bytes)} of ${formatSize(total_bytes)} done${rest}`;
}
