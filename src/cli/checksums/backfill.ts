import { type ExitCode, usageFailure } from '../../core/failure.js';
import { backfillChecksums } from '../../jobs/checksums/backfill.js';
import { shareBackfill } from '../../jobs/checksums/distributed/distributed-backfill.js';
import type { BackfillOptions } from '../../jobs/checksums/options.js';
import { checksumReport } from '../../jobs/checksums/report/report.js';
import type { BackfillSummary } from '../../jobs/checksums/report/summary.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import { notQualifying } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { JobSpec } from '../job/spec.js';
import { artifactsScope } from '../wiring/artifacts.js';
import {
  checksumLedger,
  checksumOptions,
  keptOptions,
  lookingBack,
  unwrittenOf,
  withChecksumPorts,
} from './checksum-options.js';
import { requireShareable, withSharedPorts } from './distribute.js';
import { BACKFILL_EFFECTS } from './effects.js';
import type { BackfillFlags } from './flags.js';

/** `salvor checksums backfill`. */
export async function backfillCommand(input: CommandInput<BackfillFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  const shared = checksumOptions(flags, loaded.config);
  const onDrift = flags.onDrift ?? loaded.config.checksums?.on_drift ?? 'record';
  if (onDrift !== 'record' && onDrift !== 'hold') {
    throw usageFailure('usage.invalid', `--on-drift ${JSON.stringify(onDrift)} is neither record nor hold`);
  }
  requireShareable(flags, loaded.config);
  const why = notQualifying(flags, BACKFILL_EFFECTS, loaded.config);
  const spec: JobSpec<BackfillSummary> = {
    command: input.command,
    job: 'checksums backfill',
    scope: artifactsScope(loaded.config, flags, flags.type),
    options: {
      ...keptOptions(flags, shared),
      limit: flags.limit,
      on_drift: onDrift,
      ...(why.length > 0 ? { not_qualifying: why } : {}),
    },
    qualifying: why.length === 0,
    ledger: checksumLedger(flags, loaded.config),
    registry: 'required',
    execute: (context) => {
      const options: BackfillOptions = {
        ...shared,
        runId: context.runId,
        onDrift,
        limit: flags.limit,
        recheckOlderThanMs: flags.recheckOlderThan,
        stat: flags.stat ?? false,
      };
      if (!flags.distribute) {
        return withChecksumPorts(context, flags, loaded, (ports) =>
          lookingBack(context, ports, { ...options, kind: 'backfill' }, backfillChecksums(options, ports)),
        );
      }
      const terms = { kind: 'backfill', onDrift, stat: options.stat } as const;
      return withSharedPorts(context, { flags, loaded }, { ...options, terms }, (ports) =>
        lookingBack(context, ports, { ...options, kind: 'backfill' }, shareBackfill(options, ports)),
      );
    },
    report: (input, style) =>
      checksumReport({ ...input, unwritten: unwrittenOf(flags, loaded.config) }, style),
  };
  return runJob(spec, flags, loaded);
}
