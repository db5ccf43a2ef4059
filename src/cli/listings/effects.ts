import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';
import { type FlagEffects, GLOBAL_EFFECTS, STORE_EFFECTS } from '../job/qualifying.js';
import type { BackupFlags, ListingsBuildFlags, ListingsCheckFlags, ListingsVerifyFlags } from './flags.js';

type With<Flags> = Flags & Omit<GlobalOptions, 'registry'>;

/** The flag for each setting of a backup. `weakened-settings.ts` evaluates the effect of these flags per backup. */
export const SETTING_FLAGS = {
  listing: 'listingTemplate',
  archive_pattern: 'archivePattern',
  partition_depth: 'partitionDepth',
  series_pattern: 'seriesPattern',
  retired: 'retired',
  since: 'since',
  date_pattern: 'datePattern',
  allowlist: 'allowlist',
  max_missing: 'maxMissing',
  fail_on: 'failOn',
  min_size: 'minSize',
  grace: 'grace',
  stale: 'stale',
  max_age: 'maxAge',
  max_vanished: 'maxVanished',
  strict: 'strict',
  require_index: 'requireIndex',
  canary: 'canary',
  concurrency: 'concurrency',
  inventory: 'inventory',
  max_inventory_age: 'maxInventoryAge',
} as const satisfies Record<keyof BackupFlags, keyof ListingsVerifyFlags>;

type SettingFlag = (typeof SETTING_FLAGS)[keyof BackupFlags];

/** A run that is not recorded proves nothing later. */
const registry = (value: string | false): boolean => value === false;

export const VERIFY_EFFECTS: FlagEffects<With<Omit<ListingsVerifyFlags, SettingFlag>>, Config> = {
  ...GLOBAL_EFFECTS,
  ...STORE_EFFECTS,
  distribute: 'neutral',
  registry,
};

/** The canary has no listing on purpose, so only a configured one is neutral. */
const canary = (key: string, { backups = [] }: Config): boolean =>
  !backups.some((backup) => backup.canary === key);

export const BUILD_EFFECTS: FlagEffects<With<ListingsBuildFlags>, Config> = {
  ...GLOBAL_EFFECTS,
  ...STORE_EFFECTS,
  // With --out nothing is written next to the archives.
  out: 'narrows',
  upload: 'neutral',
  replace: 'neutral',
  index: (wanted) => !wanted,
  span: 'neutral',
  // Only with --missing is the command a job.
  missing: 'neutral',
  dryRun: 'narrows',
  canary,
  concurrency: 'neutral',
  // Archives that need more memory become findings.
  maxMemory: 'neutral',
  distribute: 'neutral',
  registry,
};

export const CHECK_EFFECTS: FlagEffects<With<ListingsCheckFlags>, Config> = {
  ...GLOBAL_EFFECTS,
  ...STORE_EFFECTS,
  all: 'neutral',
  // Rotation is normal use, and there is no setting for it.
  period: 'neutral',
  every: 'neutral',
  // Normal use: later runs check the other archives, and red findings stay open until then.
  maxBytes: 'neutral',
  maxDuration: 'neutral',
  rate: 'neutral',
  canary,
  maxMemory: 'neutral',
  registry,
};
