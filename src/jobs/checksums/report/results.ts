import type { Finding } from '../../../core/finding.js';

/** The possible results of a row; each row has exactly one. */
export const RESULTS = [
  'updated',
  'unchanged',
  'drift',
  'no_file',
  'elsewhere',
  'lost',
  'outside_root',
  'not_regular',
  'pointer',
  'unreadable',
  'unstable',
  'conflict',
  'bad_metadata',
  'id_not_unique',
] as const;

export type Result = (typeof RESULTS)[number];

/** Results that count against `--max-errors`. */
export const ERROR_RESULTS = [
  'unreadable',
  'unstable',
  'conflict',
  'bad_metadata',
  'outside_root',
  'not_regular',
] as const satisfies readonly Result[];

/** Results that `--residual` lists. */
export const RESIDUAL_RESULTS: ReadonlySet<Result> = new Set(['no_file', 'lost', 'pointer']);

/** The final result of a row. Plain JSON, because a worker on another host may report it. */
export interface RowReport {
  id: string;
  type: string | null;
  path: string;
  result: Result;
  /** The bytes read of its file, including a second read. */
  bytes: number;
  findings: Finding[];
  /** The file was read and is unchanged; the row was not written. */
  verified?: true;
  /** The row has a recorded digest and its file is missing, and no person has marked it as lost. */
  lost?: true;
  /** Drift that a person has already decided. */
  rejected?: true;
  /** The path leads to a directory. */
  directory?: true;
}
