import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import type { ExitCode } from '../../core/failure.js';
import { statusOfExit } from '../../core/outcome.js';
import { StopRequest } from '../../core/stop.js';
import type { PlanOptions } from '../../jobs/recovery/options.js';
import { type Planned, planRecovery } from '../../jobs/recovery/plan/plan.js';
import { savePlan } from '../../jobs/recovery/plan/plan-file.js';
import { nothingDecided, type RecoverySummary } from '../../jobs/recovery/report/summary.js';
import type { Config } from '../config/schema.js';
import { disqualifyingFlags } from '../job/qualifying.js';
import type { Executed, JobContext, LedgerTerms } from '../job/spec.js';
import { artifactsScope } from '../wiring/artifacts.js';
import { RECOVERY_EFFECTS } from './effects.js';
import type { RecoveryFlags } from './flags.js';
import type { RecoveryCall, RecoveryPorts } from './recovery-ports.js';
import { type RecoverySettings, recoverySettings } from './recovery-settings.js';

const REFERENCES_TIMEOUT_MS = 30_000;
const MAX_REFERENCE_ROWS = 100_000;

/** Makes a plan and writes it; undefined if it was stopped before the plan was complete. */
export async function makePlan(
  context: JobContext,
  ports: RecoveryPorts,
  { settings, loaded, planFile }: Omit<RecoveryCall, 'flags'>,
): Promise<Planned | undefined> {
  collectEarly();
  await ports.plan.cache.inherit();
  try {
    const options = { ...settings, planId: randomUUID(), references: referencesOf(loaded.config) };
    const planned = await planRecovery(options, ports.plan, (head, rows) => savePlan(planFile, head, rows));
    return { ...planned, summary: { ...planned.summary, plan_file: planFile } };
  } catch (error) {
    if (context.signal.aborted && context.signal.reason instanceof StopRequest) return undefined;
    throw error;
  } finally {
    // If the cache cannot be written, only the next plan is slower.
    await ports.plan.memory.save().catch(() => undefined);
  }
}

/**
 * By default the heap grows to four times the live data before a garbage collection, which is more than a gigabyte for a
 * hundred thousand rows. Collecting at one and a half times costs a few seconds for such a plan.
 */
function collectEarly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}

function referencesOf({ references }: Config): PlanOptions['references'] {
  if (references === undefined) return undefined;
  const { sql, timeout, max_rows } = references;
  return { sql, timeoutMs: timeout ?? REFERENCES_TIMEOUT_MS, maxRows: max_rows ?? MAX_REFERENCE_ROWS };
}

/** The options that are recorded in the row of a run that plans. */
export function recoveryOptions(
  flags: RecoveryFlags,
  settings: RecoverySettings,
  notQualifying: readonly string[],
): Record<string, unknown> {
  return {
    types: Object.keys(settings.types),
    archives: settings.archives,
    scan_unlisted: flags.scanUnlisted === true,
    retry_unrecoverable: settings.retryUnrecoverable,
    ...(notQualifying.length > 0 ? { not_qualifying: notQualifying } : {}),
  };
}

/** A run on some types covers only the rows that it considers, and shares the findings of all types. */
export function recoveryLedger(
  flags: RecoveryFlags & { registry?: string | undefined },
  config: Config,
): LedgerTerms {
  const { type: _, registry: __, ...whole } = flags;
  const configured = Object.keys(recoverySettings(whole, config).types);
  const all = flags.type === undefined || configured.every((type) => flags.type?.includes(type));
  const scope = artifactsScope(config, flags);
  // If fewer sources were searched than are configured, findings that were not seen stay open.
  if (disqualifyingFlags(whole, RECOVERY_EFFECTS, config).length > 0) return { scope, covers: 'nothing' };
  return { scope, covers: all ? 'whole' : 'examined' };
}

export function executed(summary: RecoverySummary, exitCode: ExitCode): Executed<RecoverySummary> {
  return { summary, exitCode, status: statusOfExit(exitCode) };
}

/** A plan that was stopped makes no decisions. */
export function stopped(context: JobContext): Executed<RecoverySummary> {
  const exitCode = context.signal.reason instanceof StopRequest ? context.signal.reason.exitCode : 3;
  return executed(nothingDecided(), exitCode);
}
