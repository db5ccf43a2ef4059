import type { BackupConfig } from '../config/schema.js';
import type { StoreFlags } from '../wiring/stores.js';

export interface AcceptFlags {
  writeConfig?: true;
}

export interface ListingsBuildFlags extends StoreFlags {
  out?: string;
  upload?: true;
  replace?: true;
  /** `--no-index` makes it false. */
  index: boolean;
  span?: number;
  missing?: true;
  dryRun?: true;
  canary?: string;
  concurrency?: number;
  maxMemory?: number;
  registry?: string | false;
  distribute?: true;
}

export interface ListingsCheckFlags extends StoreFlags {
  all?: true;
  period?: number;
  every?: number;
  maxBytes?: number;
  maxDuration?: number;
  rate?: number;
  canary?: string;
  maxMemory?: number;
  registry?: string | false;
}

export interface ListingsTeeFlags {
  listing: string;
  index?: string;
  span?: number;
  maxMemory?: number;
}

/** Flags as commander names them; all except the last five override a configured backup. */
export interface ListingsVerifyFlags {
  listingTemplate?: string;
  archivePattern?: string;
  partitionDepth?: number;
  seriesPattern?: string;
  retired?: string[];
  since?: string;
  datePattern?: string;
  allowlist?: string;
  maxMissing?: number;
  failOn?: 'all' | 'new';
  minSize?: number;
  grace?: number;
  stale?: 'warn' | 'fail' | 'off';
  maxAge?: number;
  maxVanished?: number;
  strict?: true;
  requireIndex?: true;
  canary?: string;
  concurrency?: number;
  inventory?: string;
  maxInventoryAge?: number;
  distribute?: true;
  endpointUrl?: string;
  region?: string;
  pathStyle?: true;
  /** `--no-registry` makes it false; `--registry URL` a string. */
  registry?: string | false;
}

/** The settings of a backup that have flags: all except the URL. */
export type BackupFlags = Omit<BackupConfig, 'url'>;
