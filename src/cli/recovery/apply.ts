import { resolve } from 'node:path';
import { combineExitCodes, type ExitCode } from '../../core/failure.js';
import { type Applied, applyPlan } from '../../jobs/recovery/apply/apply.js';
import type { ApplyPorts } from '../../jobs/recovery/apply/apply-options.js';
import type { PlanHead, PlanRow } from '../../jobs/recovery/plan/plan-document.js';
import { appliedFile, DEFAULT_PLAN, savePlan, withPlan } from '../../jobs/recovery/plan/plan-file.js';
import { requireRegistry } from '../../jobs/recovery/plan/plan-reader.js';
import type { StoredPlan } from '../../jobs/recovery/plan/stored-plan.js';
import { recoveryReport } from '../../jobs/recovery/report/report.js';
import type { RecoverySummary } from '../../jobs/recovery/report/summary.js';
import { settleLeftovers } from '../../jobs/recovery/undo/settle-leftovers.js';
import type { SqlScriptWriter } from '../../registry/sql-script/script-writer.js';
import type { CommandInput } from '../command-input.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { notQualifying } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { Executed, JobContext, JobSpec, ReportInput } from '../job/spec.js';
import type { Style } from '../terminal/style.js';
import { actorHere, artifactsScope, notYetApplied, scriptJson } from '../wiring/artifacts.js';
import { accessRules } from './access-rules.js';
import { RECOVERY_EFFECTS } from './effects.js';
import type { RecoveryFlags } from './flags.js';
import { executed, makePlan, recoveryLedger, recoveryOptions, stopped } from './make-plan.js';
import { type RecoveryCall, type RecoveryPorts, withRecoveryPorts } from './recovery-ports.js';
import { recoverySettings, requireEmitMode } from './recovery-settings.js';

/** The job name of both `apply` and `run`, so that they share one lock on the table. */
const JOB = 'recovery';

/** `salvor recovery apply FILE`. */
export async function applyRecoveryCommand(input: CommandInput<RecoveryFlags>): Promise<ExitCode> {
  const { flags, args } = input;
  const planFile = resolve(args[0] ?? DEFAULT_PLAN);
  const loaded = loadConfig(flags.config);
  requireEmitMode(flags, loaded.config);
  return withPlan(planFile, undefined, (plan) => applyStored(plan, planFile, input, loaded));
}

function applyStored(
  plan: StoredPlan,
  planFile: string,
  { flags, command }: CommandInput<RecoveryFlags>,
  loaded: LoadedConfig,
): Promise<ExitCode> {
  const { head } = plan;
  const settings = {
    ...recoverySettings({ ...flags, type: head.types }, loaded.config),
    archives: head.archives,
  };
  const why = notQualifying({ ...flags, ...planFlags(head, loaded.config) }, RECOVERY_EFFECTS, loaded.config);
  const spec: JobSpec<RecoverySummary> = {
    command,
    job: JOB,
    scope: artifactsScope(loaded.config, flags),
    options: {
      plan_id: head.plan_id,
      types: head.types,
      ...(why.length > 0 ? { not_qualifying: why } : {}),
    },
    qualifying: why.length === 0,
    ledger: recoveryLedger({ ...flags, type: head.types }, loaded.config),
    registry: 'required',
    execute: (context) =>
      withRecoveryPorts(context, { flags, loaded, settings, planFile }, async (ports) => {
        requireRegistry(head, ports.plan.reader.identity);
        const writing = await applyPorts(ports, flags);
        const applied = await apply(plan, context, writing, { settings, loaded });
        await saveEnded(planFile, plan, applied);
        return executed(
          { ...applied.summary, plan_file: planFile, ...scriptJson(ports.artifacts) },
          applied.exitCode,
        );
      }),
    report: reportOfApply,
  };
  return runJob(spec, flags, loaded);
}

/** The flags of a plan that determine whether it covers all of the work. */
function planFlags(
  { types, archives }: Pick<PlanHead, 'types' | 'archives'>,
  { recovery }: Config,
): Pick<RecoveryFlags, 'type' | 'archives'> {
  const isWhole = Object.keys(recovery?.types ?? {}).every((type) => types.includes(type));
  return { archives, ...(isWhole ? {} : { type: types }) };
}

/** `salvor recovery run`: plans, and applies what needs no review. */
export async function runRecoveryCommand(input: CommandInput<RecoveryFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  requireEmitMode(flags, loaded.config);
  const settings = recoverySettings(flags, loaded.config);
  const planFile = resolve(flags.out ?? DEFAULT_PLAN);
  const call = { flags, loaded, settings, planFile };
  const why = notQualifying(flags, RECOVERY_EFFECTS, loaded.config);
  const spec: JobSpec<RecoverySummary> = {
    command: input.command,
    job: JOB,
    scope: artifactsScope(loaded.config, flags),
    options: recoveryOptions(flags, settings, why),
    qualifying: why.length === 0,
    ledger: recoveryLedger(flags, loaded.config),
    registry: 'required',
    execute: (context) => withRecoveryPorts(context, call, (ports) => planAndApply(context, ports, call)),
    report: reportOfApply,
  };
  return runJob(spec, flags, loaded);
}

/** The script comes first in the summary, because nothing is bound until it is run. */
function reportOfApply(report: ReportInput<RecoverySummary>, style: Style): string {
  const { script } = report.outcome.summary;
  return notYetApplied({ script: () => script }) + recoveryReport(report, style, 'apply');
}

async function planAndApply(
  context: JobContext,
  ports: RecoveryPorts,
  call: RecoveryCall,
): Promise<Executed<RecoverySummary>> {
  const { flags, settings, planFile } = call;
  // Open the writer before the search, which may take hours, so that write problems are reported immediately.
  const writing = await applyPorts(ports, flags);
  // Complete the changes of a killed run first: a file that is not bound yet would count as present.
  await ports.todos.exclusively(() => settleLeftovers(writing, settings.destination));
  const planned = await makePlan(context, ports, call);
  if (planned === undefined) return stopped(context);
  const applied = await withPlan(planFile, ports.plan.reader.identity, async (plan) => {
    const ended = await apply(plan, context, writing, call);
    await saveEnded(planFile, plan, ended);
    return ended;
  });
  const summary: RecoverySummary = {
    ...applied.summary,
    archives_searched: planned.summary.archives_searched,
    archives_streamed: planned.summary.archives_streamed + applied.summary.archives_streamed,
    bytes_fetched: planned.summary.bytes_fetched + applied.summary.bytes_fetched,
    plan_file: planFile,
    ...scriptJson(ports.artifacts),
  };
  return executed(summary, combineExitCodes([planned.exitCode, applied.exitCode]));
}

/** Writes the results of the plan to a file next to it. */
async function saveEnded(planFile: string, plan: StoredPlan, { endOf }: Applied): Promise<void> {
  const ended = async function* (): AsyncGenerator<PlanRow> {
    for await (const row of plan.read(plan.entries)) yield endOf(row);
  };
  await savePlan(appliedFile(planFile), plan.head, ended());
}

async function apply(
  plan: StoredPlan,
  context: JobContext,
  { script, byScript, ...ports }: WritingPorts,
  { settings, loaded }: Pick<RecoveryCall, 'settings' | 'loaded'>,
): Promise<Applied> {
  const options = {
    runId: context.runId,
    actor: actorHere(),
    allowUnverified: settings.allowUnverified,
    destination: settings.destination,
    access: accessRules(loaded.config),
    byScript: byScript === true,
  };
  try {
    return await applyPlan(plan, options, ports);
  } finally {
    script?.close();
  }
}

/** `script`: receives the changes if the registry is read-only. */
interface WritingPorts extends ApplyPorts {
  script?: SqlScriptWriter | undefined;
  byScript?: boolean;
}

async function applyPorts(ports: RecoveryPorts, { emitSql }: RecoveryFlags): Promise<WritingPorts> {
  const readOnly = ports.artifacts.pending !== undefined;
  const script = emitSql === undefined || readOnly ? undefined : ports.artifacts.scriptWriter(emitSql);
  return {
    ...ports.plan,
    writer: script ?? (await ports.artifacts.writer('write paths')),
    recovery: ports.plan.reader,
    ledger: ports.ledger,
    todos: ports.todos,
    script,
    byScript: script !== undefined || readOnly,
  };
}
