import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';
import { type FlagEffects, GLOBAL_EFFECTS, STORE_EFFECTS } from '../job/qualifying.js';
import type { BackupFlags, ListingsBuildFlags, ListingsCheckFlags, ListingsVerifyFlags } from './flags.js';

type With<Flags> = Flags & Omit<GlobalOptions, 'registry'>;

/** Which flag gives which setting of a backup. What such a flag does is judged per backup, in `looser.ts`. */
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

/** A run without a record proves nothing later. */
const registry = (value: string | false): boolean => value === false;

export const VERIFY_EFFECTS: FlagEffects<With<Omit<ListingsVerifyFlags, SettingFlag>>, Config> = {
  ...GLOBAL_EFFECTS,
  ...STORE_EFFECTS,
  distribute: 'neutral',
  registry,
};

/** It is left without a listing on purpose, so it must be one that the configuration names. */
const canary = (key: string, { backups = [] }: Config): boolean =>
  !backups.some((backup) => backup.canary === key);

export const BUILD_EFFECTS: FlagEffects<With<ListingsBuildFlags>, Config> = {
  ...GLOBAL_EFFECTS,
  ...STORE_EFFECTS,
  // Next to the archives nothing is written then.
  out: 'narrows',
  upload: 'neutral',
  replace: 'neutral',
  index: (wanted) => !wanted,
  span: 'neutral',
  // What makes it a job at all.
  missing: 'neutral',
  dryRun: 'narrows',
  canary,
  concurrency: 'neutral',
  // What needs more is a finding of the run.
  maxMemory: 'neutral',
  distribute: 'neutral',
  registry,
};

export const CHECK_EFFECTS: FlagEffects<With<ListingsCheckFlags>, Config> = {
  ...GLOBAL_EFFECTS,
  ...STORE_EFFECTS,
  all: 'neutral',
  // The rotation is everyday use, and nothing configures it.
  period: 'neutral',
  every: 'neutral',
  // Everyday use: what had no turn has it in another run, and what is red stays red in the ledger.
  maxBytes: 'neutral',
  maxDuration: 'neutral',
  canary,
  maxMemory: 'neutral',
  registry,
};
