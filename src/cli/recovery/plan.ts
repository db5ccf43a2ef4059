import { resolve } from 'node:path';
import type { ExitCode } from '../../core/failure.js';
import { DEFAULT_PLAN } from '../../jobs/recovery/plan/plan-file.js';
import { recoveryReport } from '../../jobs/recovery/report/report.js';
import type { RecoverySummary } from '../../jobs/recovery/report/summary.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import { notQualifying } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { JobSpec } from '../job/spec.js';
import { artifactsScope } from '../wiring/artifacts.js';
import { RECOVERY_EFFECTS } from './effects.js';
import type { RecoveryFlags } from './flags.js';
import { executed, makePlan, recoveryLedger, recoveryOptions, stopped } from './make-plan.js';
import { withRecoveryPorts } from './recovery-ports.js';
import { recoverySettings } from './recovery-settings.js';

/** `salvor recovery plan`. */
export async function planRecoveryCommand(input: CommandInput<RecoveryFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  const settings = recoverySettings(flags, loaded.config);
  const planFile = resolve(flags.out ?? DEFAULT_PLAN);
  const call = { flags, loaded, settings, planFile };
  const why = notQualifying(flags, RECOVERY_EFFECTS, loaded.config);
  const spec: JobSpec<RecoverySummary> = {
    command: input.command,
    job: 'recovery plan',
    scope: artifactsScope(loaded.config, flags, Object.keys(settings.types)),
    options: recoveryOptions(flags, settings, why),
    qualifying: why.length === 0,
    ledger: recoveryLedger(flags, loaded.config),
    registry: 'required',
    execute: (context) =>
      withRecoveryPorts(context, call, async (ports) => {
        const planned = await makePlan(context, ports, call);
        return planned === undefined ? stopped(context) : executed(planned.summary, planned.exitCode);
      }),
    report: (report, style) => recoveryReport(report, style, 'plan'),
  };
  return runJob(spec, flags, loaded);
}
