import type { Glob } from '../../core/glob.js';
import type { Allowlist } from './judge/allowlist.js';

/** One store to verify, with all options resolved. */
export interface VerifyTarget {
  /** Normalized: `s3://bucket/prefix/` or `file:///dir/`. */
  readonly url: string;
  /**
   * The url of the configured backup that this target is a part of. Partitions, series, the canary and earlier runs are
   * named relative to that backup, but only keys below `url` are verified.
   */
  readonly partOf?: string;
  /** The text after `{key}` in the listing template. */
  readonly listingSuffix: string;
  /** Matched against the whole key; it alone decides what an archive is. If absent, the known extensions decide. */
  readonly archivePattern?: RegExp;
  /** How many path segments below the prefix form a partition; 0 means the prefix itself. */
  readonly partitionDepth: number;
  /**
   * The group `series`, or else the first group, or else the whole match names the series. Without a match, the key
   * with `#` for digits does.
   */
  readonly seriesPattern?: RegExp;
  /** Globs of whole keys: series that get no new backups, and partitions that may be gone. */
  readonly retired: readonly Glob[];
  /** Smaller listings are `too_small`. */
  readonly minSizeBytes: number;
  readonly graceMs: number;
  /** Archives dated strictly before this are exempt. */
  readonly sinceMs?: number;
  /** Has the named groups y, m and d. */
  readonly datePattern?: RegExp;
  readonly allowlist?: Allowlist;
  readonly stale: 'warn' | 'fail' | 'off';
  readonly maxAgeMs?: number;
  /** The share of a partition's archives, 0 to 1, that may disappear without a warning. */
  readonly maxVanished: number;
  /** Unrecognized archives are violations. */
  readonly strict: boolean;
  /** A missing index is a violation. */
  readonly requireIndex: boolean;
  /** A key under the prefix, or relative to it. */
  readonly canary?: string;
  readonly failOn: 'all' | 'new';
  readonly maxMissing: number;
  /** How many ranges are listed at the same time; 1 is a single sequential pass. */
  readonly concurrency: number;
}

export interface VerifyOptions {
  readonly targets: readonly VerifyTarget[];
  /**
   * Whether this run updates the ledger. False if its rules are looser than the configuration: then findings that it does
   * not report have not necessarily ended. Default: true.
   */
  readonly settles?: boolean;
}

/** The documented defaults for a store. */
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
