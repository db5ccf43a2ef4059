import { type ExitCode, usageFailure } from '../../core/failure.js';
import { backfillChecksums } from '../../jobs/checksums/backfill.js';
import { checksumReport } from '../../jobs/checksums/report.js';
import type { BackfillSummary } from '../../jobs/checksums/summary.js';
import type { CommandInput } from '../command-input.js';
import type { BackfillFlags } from '../commands/checksums-backfill.js';
import { loadConfig } from '../config/load.js';
import { runJob } from '../job/run-job.js';
import type { JobSpec } from '../job/spec.js';
import { artifactsScope } from './artifacts.js';
import { checksumOptions, isQualifying, withChecksumPorts } from './checksums.js';

/** `salvor checksums backfill` behind its flags. */
export async function backfillCommand(input: CommandInput<BackfillFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  const shared = checksumOptions(flags, loaded.config);
  const onDrift = flags.onDrift ?? loaded.config.checksums?.on_drift ?? 'record';
  if (onDrift !== 'record' && onDrift !== 'hold') {
    throw usageFailure('usage.invalid', `--on-drift ${JSON.stringify(onDrift)} is neither record nor hold`);
  }
  const spec: JobSpec<BackfillSummary> = {
    command: input.command,
    job: 'checksums backfill',
    scope: artifactsScope(loaded.config, flags, flags.type),
    options: {
      types: flags.type,
      limit: flags.limit,
      dry_run: shared.dryRun,
      on_drift: onDrift,
      max_drift: shared.maxDrift,
      max_errors: shared.maxErrors,
      window: shared.window?.text,
      emit_sql: flags.emitSql,
    },
    qualifying: isQualifying(flags, loaded.config),
    registry: 'required',
    execute: (context) =>
      withChecksumPorts(context, flags, loaded, (ports) =>
        backfillChecksums(
          {
            ...shared,
            runId: context.runId,
            onDrift,
            limit: flags.limit,
            recheckOlderThanMs: flags.recheckOlderThan,
            stat: flags.stat ?? false,
          },
          ports,
        ),
      ),
    report: checksumReport,
  };
  return runJob(spec, flags, loaded);
}
