import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { ExitCode } from '../../core/failure.js';
import { statusOfExit } from '../../core/outcome.js';
import { StopRequest } from '../../core/stop.js';
import { type Planned, planRecovery } from '../../jobs/recovery/plan.js';
import { recoveryReport } from '../../jobs/recovery/report.js';
import type { RecoverySummary } from '../../jobs/recovery/summary.js';
import type { CommandInput } from '../command-input.js';
import type { RecoveryFlags } from '../commands/recovery-plan.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { runJob } from '../job/run-job.js';
import type { Executed, JobContext, JobSpec } from '../job/spec.js';
import { artifactsScope } from './artifacts.js';
import { DEFAULT_PLAN, savePlan } from './plan-file.js';
import { type RecoverySettings, recoverySettings } from './recovery-config.js';
import { type RecoveryPorts, withRecoveryPorts } from './recovery-ports.js';

/** `salvor recovery plan` behind its flags. */
export async function recoveryPlanCommand(input: CommandInput<RecoveryFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  const settings = recoverySettings(flags, loaded.config);
  const planFile = resolve(flags.out ?? DEFAULT_PLAN);
  const spec: JobSpec<RecoverySummary> = {
    command: input.command,
    job: 'recovery plan',
    scope: artifactsScope(loaded.config, flags, Object.keys(settings.types)),
    options: recoveryOptions(flags, settings),
    qualifying: flags.type === undefined,
    registry: 'required',
    execute: (context) =>
      withRecoveryPorts(context, flags, loaded, settings, planFile, async (ports) => {
        const planned = await makePlan(
          context,
          ports,
          settings,
          loaded.config,
          planFile,
          flags.retryUnrecoverable === true,
        );
        return planned === undefined ? stopped(context) : executed(planned.summary, planned.exitCode);
      }),
    report: (report, style) => recoveryReport(report, style, 'plan'),
  };
  return runJob(spec, flags, loaded);
}

export function recoveryOptions(flags: RecoveryFlags, settings: RecoverySettings): Record<string, unknown> {
  return {
    types: Object.keys(settings.types),
    archives: settings.archives,
    scan_unlisted: flags.scanUnlisted === true,
    retry_unrecoverable: flags.retryUnrecoverable === true,
  };
}

/** Plans and writes the plan down; undefined when it was stopped before there was one. */
export async function makePlan(
  context: JobContext,
  ports: RecoveryPorts,
  settings: RecoverySettings,
  config: Config,
  planFile: string,
  retryUnrecoverable = false,
): Promise<Planned | undefined> {
  // Contents of an earlier plan are of no use to this one, and what an earlier plan still needs it can fetch.
  await ports.plan.cache.remove();
  try {
    const { references } = config;
    const planned = await planRecovery(
      {
        ...settings,
        planId: randomUUID(),
        retryUnrecoverable,
        ...(references === undefined
          ? {}
          : {
              references: {
                sql: references.sql,
                timeoutMs: references.timeout ?? 30_000,
                maxRows: references.max_rows ?? 100_000,
              },
            }),
      },
      ports.plan,
    );
    await savePlan(planFile, planned.plan);
    return { ...planned, summary: { ...planned.summary, plan_file: planFile } };
  } catch (error) {
    if (context.signal.aborted && context.signal.reason instanceof StopRequest) return undefined;
    throw error;
  }
}

export function executed(summary: RecoverySummary, exitCode: ExitCode): Executed<RecoverySummary> {
  return { summary, exitCode, status: statusOfExit(exitCode) };
}

/** A plan that was stopped has decided nothing. */
export function stopped(context: JobContext): Executed<RecoverySummary> {
  const exitCode = context.signal.reason instanceof StopRequest ? context.signal.reason.exitCode : 3;
  const nothing = {
    bound: 0,
    needs_review: 0,
    rejected: 0,
    external_reference: 0,
    residual: 0,
    undecided: 0,
    unrecoverable: 0,
  };
  const summary: RecoverySummary = {
    rows_considered: 0,
    ...nothing,
    candidates: 0,
    archives_searched: 0,
    archives_streamed: 0,
    bytes_fetched: 0,
    bytes_recovered: 0,
    by_type: {},
    sources: [],
  };
  return executed(summary, exitCode);
}
