import type { VerifyTarget } from './options.js';
import type { Tally } from './report/tally.js';
import type { OpenTarget } from './scan/open-target.js';
import type { Partition } from './scan/partitions.js';
import type { Scan } from './scan/scan-target.js';

export interface PartitionResult {
  readonly partition: Partition;
  readonly url: string;
  /** Listed to its end. */
  readonly complete: boolean;
  /** All of it lies in what was listed; no: the target is a part of this partition. */
  readonly covered: boolean;
}

/** One target after its listing. */
export interface ScannedTarget extends Omit<OpenTarget, 'partitions'> {
  readonly scan: Scan;
  readonly partitions: readonly PartitionResult[];
  readonly total: Tally;
}

/** One target, listed and judged. */
export interface TargetResult {
  readonly target: VerifyTarget;
  readonly partitions: readonly PartitionResult[];
  readonly total: Tally;
  /** Names of partitions that a complete run knew and that are gone. */
  readonly vanished: readonly string[];
  /** Their urls, in the same order. */
  readonly vanishedUrls: readonly string[];
  /** Listed to its end, proven by its canary, and with something in it. */
  readonly complete: boolean;
  /** The prefixes of subjects whose findings may be settled. */
  readonly completePrefixes: readonly string[];
  /** Findings that no threshold excuses. */
  readonly errors: number;
  readonly requests: number;
  /** Keys of the pages that were settled. */
  readonly keysListed: number;
}
