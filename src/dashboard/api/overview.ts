import type { RunInfo } from './runs.js';

/** The Overview page: how much is recoverable, and what needs attention. */

/** Artifacts of one type, as counted by the last census. */
export interface TypeCensus {
  type: string;
  artifacts: number;
  with_path: number;
  /** The file was read completely, its digest is recorded, and it has no open drift. */
  verified: number;
  /** A restore from the backups produced the recorded content. */
  proven: number;
  /** Verified or proven. */
  recoverable: number;
}

export interface Census {
  as_of: string;
  took_ms: number;
  totals: TypeCensus;
  types: TypeCensus[];
  /** When the least recently verified file was read; null if no file is verified. */
  oldest_verified_at: string | null;
  oldest_proof_at: string | null;
  newest_proof_at: string | null;
  /** Whether the registry has a table of drill proofs yet. */
  proofs_kept: boolean;
}

export type CensusState =
  | { state: 'counting'; since: string }
  | { state: 'none'; reason: string }
  | { state: 'failed'; reason: string }
  | { state: 'ready'; census: Census; recounting: boolean };

/** An issue that a person must decide or look into. */
export interface Need {
  kind: 'drift' | 'review' | 'listings' | 'finding' | 'watchdog' | 'silent';
  severity: 'error' | 'warning';
  /** The finding code; null if the issue is not a finding. */
  code: string | null;
  count: number;
  /** What is wrong, as text that follows the count: `files are lost`. */
  title: string;
  /** The subject that has been open the longest, or a few subjects. */
  subject: string | null;
  detail: string;
  /** How to fix it. */
  action: string | null;
  /** The command to run next. */
  command: string | null;
  job: string | null;
  since: string | null;
  href: string;
}

export interface Overview {
  census: CensusState;
  needs: Need[];
  jobs: RunInfo[];
  /** Null if `watchdog.expect` is empty: without it the page must not say "All clear". */
  expectations: { expected: number; red: number } | null;
  /** When a qualifying run of a checking job last ended with exit code 0; null if none has. */
  last_verified_at: string | null;
}

/** All open findings with one code, in one scope of one job. */
export interface OpenCause {
  job: string;
  scope: string;
  code: string;
  severity: 'info' | 'warning' | 'error';
  count: number;
  baseline: number;
  /** What is wrong, as text that follows the count: `files are lost`. */
  words: string;
  /** What the code means, and how to fix it. */
  meaning: string | null;
  action: string | null;
  command: string;
  since: string;
  /** The subject that has been open the longest. */
  subject: string;
}
