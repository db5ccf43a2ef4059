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
  /** `staged`: the job itself has put it into the ledger, because it knows more of it than the finding says. */
  | { type: 'finding'; finding: Finding; staged?: boolean }
  /**
   * These subjects were looked at to the end: what the ledger has open of them, and this run does not find again, has
   * ended. A job says it of everything that it gives a result, so that a run that was cut short covers what it did.
   */
  | { type: 'examined'; subjects: readonly string[] }
  /** These subjects are there, and were left out on purpose: what is open of them stays open, whatever the run covers. */
  | { type: 'left'; subjects: readonly string[] }
  | { type: 'note'; level: 'info' | 'warning'; message: string };

export type Emit = (event: Event) => void;
