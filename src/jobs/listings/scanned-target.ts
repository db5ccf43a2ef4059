import type { VerifyTarget } from './options.js';
import type { Tally } from './report/tally.js';
import type { OpenTarget } from './scan/open-target.js';
import type { Partition } from './scan/partitions.js';
import type { Scan } from './scan/scan-target.js';

export interface PartitionResult {
  readonly partition: Partition;
  readonly url: string;
  /** Listed completely. */
  readonly complete: boolean;
  /** False if the target is only a part of this partition. */
  readonly covered: boolean;
}

/** One target after its listing. */
export interface ScannedTarget extends Omit<OpenTarget, 'partitions'> {
  readonly scan: Scan;
  readonly partitions: readonly PartitionResult[];
  readonly total: Tally;
}

/** One target, listed and evaluated. */
export interface TargetResult {
  readonly target: VerifyTarget;
  readonly partitions: readonly PartitionResult[];
  readonly total: Tally;
  /** Names of partitions that an earlier complete run saw and that are gone. */
  readonly vanished: readonly string[];
  /** Their urls, in the same order. */
  readonly vanishedUrls: readonly string[];
  /** Listed completely, proven by the canary, and not empty. */
  readonly complete: boolean;
  /** The prefixes of subjects whose findings may be settled. */
  readonly completePrefixes: readonly string[];
  /** Findings that no threshold excuses. */
  readonly errors: number;
  readonly requests: number;
  /** The keys of all settled pages. */
  readonly keysListed: number;
}
