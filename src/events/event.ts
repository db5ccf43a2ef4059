import type { Finding } from '../core/finding.js';

/** The progress of a long job. Jobs may emit it as often as they like; each reporter limits how often it draws. */
export interface Progress {
  type: 'progress';
  /** The unit that is counted. The rate and the time left are computed from it. */
  unit: 'keys' | 'rows' | 'bytes' | 'lines' | 'archives' | 'members';
  done: number;
  /** Absent if the total is unknown. */
  total?: number;
  /** Further values to show, such as `pages` or `partition`. */
  detail?: Record<string, string | number>;
}

/** Everything that a job reports while it runs. Only reporters print. */
export type Event =
  | Progress
  /** `staged`: the job already wrote the finding to the ledger, with more detail than the event carries. */
  | { type: 'finding'; finding: Finding; staged?: boolean }
  /**
   * These subjects were checked completely: findings about them that are open in the ledger, and that this run does not
   * report again, have ended. A job emits this for everything that gets a result, so that an interrupted run still
   * covers what it finished.
   */
  | { type: 'examined'; subjects: readonly string[] }
  /** These subjects exist but were skipped on purpose: their open findings stay open, whatever the run covers. */
  | { type: 'left'; subjects: readonly string[] }
  | { type: 'note'; level: 'info' | 'warning'; message: string };

export type Emit = (event: Event) => void;
