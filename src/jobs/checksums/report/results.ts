import type { Finding } from '../../../core/finding.js';

/** What can become of a row, exactly one each. */
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

/** What is told of a row when its result is final: plain JSON, because another host may be the one that tells it. */
export interface RowReport {
  id: string;
  type: string | null;
  path: string;
  result: Result;
  /** What was read of its file, a second time included. */
  bytes: number;
  findings: Finding[];
  /** The file was read and is as it was; the row was not touched. */
  verified?: true;
  /** Its digest is on record and its file is gone, without a person's word that it is. */
  lost?: true;
  /** Drift that a person has decided about already. */
  rejected?: true;
  /** The path leads to a directory. */
  directory?: true;
}
