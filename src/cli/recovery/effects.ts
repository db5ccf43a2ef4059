import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';
import { type FlagEffects, GLOBAL_EFFECTS, STORE_EFFECTS } from '../job/qualifying.js';
import type { DrillFlags, RecoveryFlags } from './flags.js';

const rank = (archives: number | 'all'): number => (archives === 'all' ? Number.POSITIVE_INFINITY : archives);

/** Of `plan`, `apply` and `run`. */
export const RECOVERY_EFFECTS: FlagEffects<RecoveryFlags & GlobalOptions, Config> = {
  ...GLOBAL_EFFECTS,
  ...STORE_EFFECTS,
  registry: 'neutral',
  type: 'narrows',
  archives: (archives, { recovery }) => rank(archives) < rank(recovery?.archives ?? 2),
  scanUnlisted: 'neutral',
  // Archives that need more memory become findings.
  maxMemory: 'neutral',
  retryUnrecoverable: 'neutral',
  out: 'neutral',
  // With a read-only registry this is the normal way to write; otherwise nothing is bound.
  emitSql: (_, { registry }) => registry?.mode !== 'readonly',
};

export const DRILL_EFFECTS: FlagEffects<DrillFlags & GlobalOptions, Config> = {
  ...GLOBAL_EFFECTS,
  ...STORE_EFFECTS,
  registry: 'neutral',
  // Normal use: the next drill continues where this one ended, and red findings stay open until then.
  maxBytes: 'neutral',
  maxDuration: 'neutral',
  maxMemory: 'neutral',
};
