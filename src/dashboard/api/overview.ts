import type { RunInfo } from './runs.js';

/** The first page: how much can be brought back, and what needs a person. */

/** Rows of one artifact type, as the last census counted them. */
export interface TypeCensus {
  type: string;
  artifacts: number;
  with_path: number;
  /** The file was read whole, its digest is on record, and no drift of it is open. */
  verified: number;
  /** A restore from the backups gave exactly the recorded content. */
  proven: number;
  /** Verified or proven. */
  recoverable: number;
}

export interface Census {
  as_of: string;
  took_ms: number;
  totals: TypeCensus;
  types: TypeCensus[];
  /** The longest ago that a verified file was read; null when none was. */
  oldest_verified_at: string | null;
  oldest_proof_at: string | null;
  newest_proof_at: string | null;
  /** Whether drills have a place to keep their proofs yet. */
  proofs_kept: boolean;
}

export type CensusState =
  | { state: 'counting'; since: string }
  | { state: 'none'; reason: string }
  | { state: 'failed'; reason: string }
  | { state: 'ready'; census: Census; recounting: boolean };

/** Something that only a person can settle, or that a person must look into. */
export interface Need {
  kind: 'drift' | 'review' | 'listings' | 'finding' | 'watchdog' | 'silent';
  severity: 'error' | 'warning';
  /** Of the finding; null for what is none. */
  code: string | null;
  count: number;
  /** What is wrong, in words that follow the count. */
  title: string;
  /** The one that has been open for the longest, or a few of them. */
  subject: string | null;
  detail: string;
  /** What to do about it. */
  action: string | null;
  /** What to type next. */
  command: string | null;
  job: string | null;
  since: string | null;
  href: string;
}

export interface Overview {
  census: CensusState;
  needs: Need[];
  jobs: RunInfo[];
  /** Null where nothing is configured under `watchdog.expect`: then nobody may say that all is well. */
  expectations: { expected: number; red: number } | null;
  /** When a qualifying run that checks something last ended with exit code 0; null when none ever did. */
  last_verified_at: string | null;
}

/** Everything open of one code, in one scope of one job. */
export interface OpenCause {
  job: string;
  scope: string;
  code: string;
  severity: 'info' | 'warning' | 'error';
  count: number;
  baseline: number;
  /** What is wrong, in words that follow the count. */
  words: string;
  /** What the code means, and what to do about it. */
  meaning: string | null;
  action: string | null;
  command: string;
  since: string;
  /** The one that has been open for the longest. */
  subject: string;
}
