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
