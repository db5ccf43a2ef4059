import type { BackupConfig } from '../config/schema.js';
import { disqualifyingFlags, type FlagEffect, type FlagEffects } from '../job/qualifying.js';
import type { BackupFlags } from './flags.js';

const STALE = { off: 0, warn: 1, fail: 2 } as const;
const HOUR_MS = 3_600_000;

/** A larger value is looser. */
const atMost =
  (key: keyof BackupConfig, fallback: number): FlagEffect<number, BackupConfig> =>
  (value, configured) =>
    value > Number(configured[key] ?? fallback);

/** Any other value may be looser, or checks something else. */
const sameAs =
  (key: keyof BackupConfig, fallback?: string | number): FlagEffect<string | number, BackupConfig> =>
  (value, configured) =>
    value !== (configured[key] ?? fallback);

/** For every setting of a backup: when a flag is looser than the configuration, or checks less. */
export const BACKUP_EFFECTS: FlagEffects<BackupFlags, BackupConfig> = {
  listing: sameAs('listing', '{key}.list.txt'),
  archive_pattern: sameAs('archive_pattern'),
  partition_depth: sameAs('partition_depth', 1),
  series_pattern: sameAs('series_pattern'),
  retired: (series, configured) => series.some((one) => !(configured.retired ?? []).includes(one)),
  since: (day, configured) => day > (configured.since ?? ''),
  date_pattern: sameAs('date_pattern'),
  allowlist: sameAs('allowlist'),
  max_missing: atMost('max_missing', 0),
  fail_on: (which, configured) => which === 'new' && configured.fail_on !== 'new',
  min_size: (bytes, configured) => bytes < (configured.min_size ?? 1),
  grace: atMost('grace', HOUR_MS),
  stale: (what, configured) => STALE[what] < STALE[configured.stale ?? 'warn'],
  max_age: atMost('max_age', Number.POSITIVE_INFINITY),
  max_vanished: atMost('max_vanished', 0.05),
  strict: (wanted, configured) => !wanted && configured.strict === true,
  require_index: (wanted, configured) => !wanted && configured.require_index === true,
  // The canary is allowed to have no listing.
  canary: sameAs('canary'),
  concurrency: 'neutral',
  // An inventory is older than a listing of the bucket.
  inventory: sameAs('inventory'),
  max_inventory_age: atMost('max_inventory_age', 48 * HOUR_MS),
};

/**
 * The settings for which the flags are looser than the configuration of this URL: such a run does not count for the
 * watchdog. If nothing is configured, the command line is the whole configuration.
 */
export function weakenedSettings(flags: BackupFlags, configured: BackupConfig | undefined): string[] {
  return configured === undefined ? [] : disqualifyingFlags(flags, BACKUP_EFFECTS, configured);
}

/** Settings that affect only thresholds, not which findings are found. */
const VERDICT_ONLY = ['max_missing', 'fail_on'];

/** Whether a run with these looser settings finds less, so that it must not close findings. */
export function findsLess(looser: readonly string[]): boolean {
  return looser.some((name) => !VERDICT_ONLY.includes(name));
}
