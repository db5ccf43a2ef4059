import type { Finding } from '../core/finding.js';

/** How far a long job has come. Jobs may emit it as often as they like; reporters draw as often as they should. */
export interface Progress {
  type: 'progress';
  /** What is counted: the rate and the time left are made from it. */
  unit: 'keys' | 'rows' | 'bytes' | 'lines' | 'archives' | 'members';
  done: number;
  /** Absent where nobody can know. */
  total?: number;
  /** More counters and words to show beside, such as `pages` or `partition`. */
  detail?: Record<string, string | number>;
}

/** Everything that a job says while it works. Only reporters print. */
export type Event =
  | Progress
  | { type: 'finding'; finding: Finding }
  | { type: 'note'; level: 'info' | 'warning'; message: string };

export type Emit = (event: Event) => void;
