import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';
import { type FlagEffects, GLOBAL_EFFECTS } from '../job/qualifying.js';
import type { BackfillFlags, ChecksumFlags, ScrubFlags } from './flags.js';

const DAY_MS = 86_400_000;
export const DEFAULT_PERIOD_MS = 90 * DAY_MS;

const SHARED_EFFECTS: FlagEffects<ChecksumFlags & GlobalOptions, Config> = {
  ...GLOBAL_EFFECTS,
  registry: 'neutral',
  type: 'narrows',
  threads: 'neutral',
  rate: 'neutral',
  // Nothing is read outside the window, which counts as success only for the configured window.
  window: (window, { checksums }) => window !== checksums?.window,
  timezone: (zone, { checksums }) => zone !== checksums?.timezone,
  wait: 'neutral',
  batchRows: 'neutral',
  maxDrift: (count, { checksums }) => count > (checksums?.max_drift ?? 0),
  maxErrors: (count, { checksums }) => count > (checksums?.max_errors ?? 0),
  dryRun: 'narrows',
  // With a read-only registry this is the normal way to write; otherwise nothing is recorded.
  emitSql: (_, { registry }) => registry?.mode !== 'readonly',
  residual: 'neutral',
  distribute: 'neutral',
  ratePerWorker: 'neutral',
};

export const BACKFILL_EFFECTS: FlagEffects<BackfillFlags & GlobalOptions, Config> = {
  ...SHARED_EFFECTS,
  onDrift: (what, { checksums }) => what === 'record' && checksums?.on_drift === 'hold',
  limit: 'narrows',
  // Both check more than the run would without them.
  recheckOlderThan: 'neutral',
  stat: 'neutral',
};

export const SCRUB_EFFECTS: FlagEffects<ScrubFlags & GlobalOptions, Config> = {
  ...SHARED_EFFECTS,
  // Normal use: the next run continues where this one ended, and red findings stay open until then.
  maxDuration: 'neutral',
  maxBytes: 'neutral',
  period: (ms, { checksums }) => ms > (checksums?.period ?? DEFAULT_PERIOD_MS),
};
