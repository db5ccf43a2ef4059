import { resolve } from 'node:path';
import { combineExitCodes, type ExitCode } from '../../core/failure.js';
import { type Applied, applyPlan } from '../../jobs/recovery/apply/apply.js';
import type { ApplyPorts } from '../../jobs/recovery/apply/apply-options.js';
import type { PlanDocument } from '../../jobs/recovery/plan/plan-document.js';
import { recoveryReport } from '../../jobs/recovery/report/report.js';
import type { RecoverySummary } from '../../jobs/recovery/report/summary.js';
import { settleLeftovers } from '../../jobs/recovery/undo/settle-leftovers.js';
import type { ArtifactWriter } from '../../registry/artifacts/artifacts-port.js';
import type { CommandInput } from '../command-input.js';
import { type LoadedConfig, loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';
import { notQualifying } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { JobContext, JobSpec } from '../job/spec.js';
import { actorHere, artifactsScope } from '../wiring/artifacts.js';
import { accessRules } from './access-rules.js';
import { RECOVERY_EFFECTS } from './effects.js';
import { executed, makePlan, recoveryOptions, stopped } from './make-plan.js';
import type { RecoveryFlags } from './plan.command.js';
import { appliedFile, DEFAULT_PLAN, loadPlan, savePlan } from './plan-file.js';
import { type RecoveryPorts, withRecoveryPorts } from './recovery-ports.js';
import { type RecoverySettings, recoverySettings, requireEmitMode } from './recovery-settings.js';

/** The job of `apply` and `run`: whichever binds holds the lock of the table. */
const JOB = 'recovery';

/** `salvor recovery apply FILE`. */
export async function recoveryApplyCommand(input: CommandInput<RecoveryFlags>): Promise<ExitCode> {
  const { flags, args } = input;
  const planFile = resolve(args[0] ?? DEFAULT_PLAN);
  const loaded = loadConfig(flags.config);
  requireEmitMode(flags, loaded.config);
  const unread = await loadPlan(planFile, undefined);
  const settings = {
    ...recoverySettings({ ...flags, type: unread.types }, loaded.config),
    archives: unread.archives,
  };
  const why = notQualifying(
    { ...flags, ...planFlags(unread, loaded.config) },
    RECOVERY_EFFECTS,
    loaded.config,
  );
  const spec: JobSpec<RecoverySummary> = {
    command: input.command,
    job: JOB,
    scope: artifactsScope(loaded.config, flags),
    options: {
      plan_id: unread.plan_id,
      types: unread.types,
      ...(why.length > 0 ? { not_qualifying: why } : {}),
    },
    qualifying: why.length === 0,
    registry: 'required',
    execute: (context) =>
      withRecoveryPorts(context, flags, loaded, settings, planFile, async (ports) => {
        const plan = await loadPlan(planFile, ports.plan.reader.identity);
        const applied = await apply(plan, context, ports, settings, loaded.config, flags);
        await savePlan(appliedFile(planFile), applied.ended);
        return executed({ ...applied.summary, plan_file: planFile }, applied.exitCode);
      }),
    report: (report, style) => recoveryReport(report, style, 'apply'),
  };
  return runJob(spec, flags, loaded);
}

/** The flags with which a plan was made, as far as they decide whether it is the whole work. */
function planFlags(
  { types, archives }: PlanDocument,
  { recovery }: Config,
): Pick<RecoveryFlags, 'type' | 'archives'> {
  const isWhole = Object.keys(recovery?.types ?? {}).every((type) => types.includes(type));
  return { archives, ...(isWhole ? {} : { type: types }) };
}

/** `salvor recovery run`: plan and apply, for what needs no review. */
export async function recoveryRunCommand(input: CommandInput<RecoveryFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  requireEmitMode(flags, loaded.config);
  const settings = recoverySettings(flags, loaded.config);
  const planFile = resolve(flags.out ?? DEFAULT_PLAN);
  const why = notQualifying(flags, RECOVERY_EFFECTS, loaded.config);
  const spec: JobSpec<RecoverySummary> = {
    command: input.command,
    job: JOB,
    scope: artifactsScope(loaded.config, flags),
    options: recoveryOptions(flags, settings, why),
    qualifying: why.length === 0,
    registry: 'required',
    execute: (context) =>
      withRecoveryPorts(context, flags, loaded, settings, planFile, (ports) =>
        run(context, ports, settings, loaded, flags, planFile),
      ),
    report: (report, style) => recoveryReport(report, style, 'apply'),
  };
  return runJob(spec, flags, loaded);
}

async function run(
  context: JobContext,
  ports: RecoveryPorts,
  settings: RecoverySettings,
  loaded: LoadedConfig,
  flags: RecoveryFlags,
  planFile: string,
) {
  // What a killed run left comes first: a file that nobody owns yet would count as there.
  await ports.todos.exclusively(() => settleLeftovers(applyPorts(ports), settings.destination));
  const planned = await makePlan(context, ports, settings, loaded.config, planFile);
  if (planned === undefined) return stopped(context);
  const applied = await apply(planned.plan, context, ports, settings, loaded.config, flags);
  await savePlan(appliedFile(planFile), applied.ended);
  const summary: RecoverySummary = {
    ...applied.summary,
    archives_searched: planned.summary.archives_searched,
    archives_streamed: planned.summary.archives_streamed + applied.summary.archives_streamed,
    bytes_fetched: planned.summary.bytes_fetched + applied.summary.bytes_fetched,
    plan_file: planFile,
  };
  return executed(summary, combineExitCodes([planned.exitCode, applied.exitCode]));
}

async function apply(
  plan: PlanDocument,
  context: JobContext,
  ports: RecoveryPorts,
  settings: RecoverySettings,
  config: Config,
  flags: RecoveryFlags & Partial<GlobalOptions>,
): Promise<Applied> {
  const script = flags.emitSql === undefined ? undefined : ports.artifacts.scriptWriter(flags.emitSql);
  try {
    return await applyPlan(
      plan,
      {
        runId: context.runId,
        actor: actorHere(),
        allowUnverified: settings.allowUnverified,
        destination: settings.destination,
        access: accessRules(config),
        byScript: script !== undefined,
      },
      applyPorts(ports, script),
    );
  } finally {
    script?.close();
  }
}

function applyPorts(ports: RecoveryPorts, script?: ArtifactWriter): ApplyPorts {
  return {
    ...ports.plan,
    artifacts: ports.artifacts.reader,
    writer: script ?? ports.artifacts.writer(),
    recovery: ports.plan.reader,
    ledger: ports.ledger,
    todos: ports.todos,
  };
}
