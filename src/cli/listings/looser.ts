import type { BackupConfig } from '../config/schema.js';
import type { BackupFlags } from './targets.js';

const STALE = { off: 0, warn: 1, fail: 2 } as const;

type Rule = (flags: BackupFlags, configured: BackupConfig) => boolean;

const more = (flag: number | undefined, configured: number | undefined, fallback: number): boolean =>
  flag !== undefined && flag > (configured ?? fallback);

/** For every setting that decides: when does a flag let through what the configuration would not? */
const LOOSER: Readonly<Record<string, Rule>> = {
  max_missing: (f, c) => more(f.max_missing, c.max_missing, 0),
  grace: (f, c) => more(f.grace, c.grace, 3_600_000),
  max_age: (f, c) => more(f.max_age, c.max_age, Number.POSITIVE_INFINITY),
  max_vanished: (f, c) => more(f.max_vanished, c.max_vanished, 0.05),
  min_size: (f, c) => f.min_size !== undefined && f.min_size < (c.min_size ?? 1),
  since: (f, c) => f.since !== undefined && f.since > (c.since ?? ''),
  fail_on: (f, c) => f.fail_on === 'new' && c.fail_on !== 'new',
  stale: (f, c) => f.stale !== undefined && STALE[f.stale] < STALE[c.stale ?? 'warn'],
  strict: (f, c) => f.strict === false && c.strict === true,
  require_index: (f, c) => f.require_index === false && c.require_index === true,
  // Another list or pattern may be looser in ways that only a person can judge.
  allowlist: (f, c) => f.allowlist !== undefined && f.allowlist !== c.allowlist,
  archive_pattern: (f, c) => f.archive_pattern !== undefined && f.archive_pattern !== c.archive_pattern,
  date_pattern: (f, c) => f.date_pattern !== undefined && f.date_pattern !== c.date_pattern,
  // Other partitions, or other listings, are another question.
  partition_depth: (f, c) =>
    f.partition_depth !== undefined && f.partition_depth !== (c.partition_depth ?? 1),
  listing: (f, c) => f.listing !== undefined && f.listing !== (c.listing ?? '{key}.list.txt'),
  series_pattern: (f, c) => f.series_pattern !== undefined && f.series_pattern !== c.series_pattern,
  retired: (f) => f.retired !== undefined,
  // What an inventory says is older than what a listing does.
  inventory: (f, c) => f.inventory !== undefined && c.inventory === undefined,
  max_inventory_age: (f, c) => more(f.max_inventory_age, c.max_inventory_age, 48 * 3_600_000),
  canary: (f, c) => f.canary !== undefined && c.canary !== undefined && f.canary !== c.canary,
};

/**
 * The settings by which flags would let through what the configuration of this url would not: such a run is no proof
 * for the watchdog. Where nothing is configured, the command line is all the configuration there is.
 */
export function looserSettings(flags: BackupFlags, configured: BackupConfig | undefined): string[] {
  if (configured === undefined) return [];
  return Object.keys(LOOSER).filter((name) => LOOSER[name]?.(flags, configured));
}

/** These only decide what is done about the findings: the same ones are found with them and without. */
const VERDICT_ONLY = ['max_missing', 'fail_on'];

/** Whether a run with these looser settings finds less than it should, so that what it does not find has not ended. */
export function findsLess(looser: readonly string[]): boolean {
  return looser.some((name) => !VERDICT_ONLY.includes(name));
}
