import type { Glob } from '../../core/glob.js';
import type { Allowlist } from './judge/allowlist.js';

/** One store to verify, with every option resolved to a plain value. */
export interface VerifyTarget {
  /** Normalised: `s3://bucket/prefix/` or `file:///dir/`. */
  readonly url: string;
  /**
   * The url of the configured backup that this one is a part of: partitions, series, the canary and what earlier runs
   * saw are named by that one, and only what lies below `url` is judged.
   */
  readonly partOf?: string;
  /** What stands behind `{key}` in the listing template. */
  readonly listingSuffix: string;
  /** Decides alone, on the whole key, what an archive is; absent: the known extensions do. */
  readonly archivePattern?: RegExp;
  /** Segments under the prefix that make a partition; 0: the prefix itself. */
  readonly partitionDepth: number;
  /** Its group `series`, else its first group, else what it matches, names the series; a key without a match is named by its digits. */
  readonly seriesPattern?: RegExp;
  /** Globs of whole keys: series that nobody expects a new backup of, and partitions that may be gone. */
  readonly retired: readonly Glob[];
  /** A smaller listing is `too_small`. */
  readonly minSizeBytes: number;
  readonly graceMs: number;
  /** Archives dated strictly before it are exempt. */
  readonly sinceMs?: number;
  /** Has the named groups y, m and d. */
  readonly datePattern?: RegExp;
  readonly allowlist?: Allowlist;
  readonly stale: 'warn' | 'fail' | 'off';
  readonly maxAgeMs?: number;
  /** The share of a partition's archives, 0 to 1, that may go without a warning. */
  readonly maxVanished: number;
  /** Unrecognised archives are violations. */
  readonly strict: boolean;
  /** A missing index is a violation. */
  readonly requireIndex: boolean;
  /** A key under the prefix, or relative to it. */
  readonly canary?: string;
  readonly failOn: 'all' | 'new';
  readonly maxMissing: number;
  /** Ranges listed at the same time; 1 is one plain pass. */
  readonly concurrency: number;
}

export interface VerifyOptions {
  readonly targets: readonly VerifyTarget[];
  /**
   * Whether the ledger takes what this run says. No: it judges by looser rules than the configuration, so what it does
   * not find has not ended. Default: yes.
   */
  readonly settles?: boolean;
}

/** A store with nothing said about it: the documented defaults. */
export function defaultTarget(url: string): VerifyTarget {
  return {
    url,
    listingSuffix: '.list.txt',
    partitionDepth: 1,
    retired: [],
    minSizeBytes: 1,
    graceMs: 3_600_000,
    stale: 'warn',
    maxVanished: 0.05,
    strict: false,
    requireIndex: false,
    failOn: 'all',
    maxMissing: 0,
    concurrency: 1,
  };
}
