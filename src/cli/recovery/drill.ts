import { tmpdir } from 'node:os';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { decodersFor } from '../../decompress/decode.js';
import type { BackupStore, DrillSummary } from '../../jobs/drill/options.js';
import { drillReport } from '../../jobs/drill/report.js';
import { drill } from '../../jobs/drill/run.js';
import { PostgresArchiveParts } from '../../registry/archive-parts.js';
import type { Database } from '../../registry/database.js';
import { PostgresProofLedger } from '../../registry/recovery/proofs.js';
import type { ProofLedger } from '../../registry/recovery/proofs-port.js';
import { SeparateProofLedger } from '../../registry/recovery/separate-proofs.js';
import {
  archivePartsLine,
  type WithArchiveProgress,
  withArchiveProgress,
} from '../checksums/partial-summary.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { notQualifying } from '../job/qualifying.js';
import { runJob } from '../job/run-job.js';
import type { JobContext, JobSpec } from '../job/spec.js';
import { artifactsScope, openConfiguredArtifacts } from '../wiring/artifacts.js';
import { readerFor, storeSettings } from '../wiring/stores.js';
import { DRILL_EFFECTS } from './effects.js';
import type { DrillFlags } from './flags.js';
import { seriesOf } from './recovery-settings.js';

const JOB = 'recovery drill';

/** `salvor recovery drill`. */
export async function drillRecoveryCommand(input: CommandInput<DrillFlags>): Promise<ExitCode> {
  const { flags } = input;
  const loaded = loadConfig(flags.config);
  const { config } = loaded;
  const backups = backupStores(config, flags);
  const why = notQualifying(flags, DRILL_EFFECTS, config);
  const spec: JobSpec<WithArchiveProgress<DrillSummary>> = {
    command: input.command,
    job: JOB,
    scope: artifactsScope(config, flags),
    options: {
      max_bytes: flags.maxBytes,
      max_duration_ms: flags.maxDuration,
      ...(why.length > 0 ? { not_qualifying: why } : {}),
    },
    qualifying: why.length === 0,
    ledger: { scope: artifactsScope(config, flags), covers: why.length > 0 ? 'nothing' : 'whole' },
    registry: 'required',
    execute: (context) =>
      withProofs(context, config, flags, async (ledger, { database, table }) => {
        const drilled = await drill(
          { runId: context.runId, maxBytes: flags.maxBytes, maxDurationMs: flags.maxDuration },
          {
            ...context,
            ledger,
            parts: new PostgresArchiveParts(database, { job: JOB, table, runId: context.runId }),
            backups,
            temporary: tmpdir(),
            decodeFrames: decodersFor(flags.maxMemory).decodeFrames,
          },
        );
        return { ...drilled, summary: await withArchiveProgress(drilled.summary, database, JOB) };
      }),
    report: (input, style) =>
      drillReport(input, style) + archivePartsLine(JOB, input.outcome.summary.partial_progress),
  };
  return runJob(spec, flags, loaded);
}

/** The archives among `recovery.sources`. @throws Failure `recovery.no_sources`, `config.invalid` */
function backupStores(config: Config, flags: DrillFlags): BackupStore[] {
  const stores = (config.recovery?.sources ?? []).flatMap((source): BackupStore[] => {
    if (!('archives' in source)) return [];
    const store = readerFor(source.archives, storeSettings(flags, config.s3));
    const series = seriesOf(source.series);
    return [series === undefined ? { store } : { store, series }];
  });
  if (stores.length > 0) return stores;
  throw usageFailure(
    'recovery.no_sources',
    'there are no backups to restore from',
    'add one to salvor.yaml, for example `recovery: { sources: [{ archives: s3://bucket/backups/ }] }`',
  );
}

/** Proofs are stored with journal and digests: in the artifacts' database or, if that is read-only, at `state.url`. */
async function withProofs<T>(
  context: JobContext,
  config: Config,
  flags: { registry?: string | undefined },
  work: (ledger: ProofLedger, where: { database: Database; table: string }) => Promise<T>,
): Promise<T> {
  if (context.registry === undefined) throw new Error('the job runs without its registry');
  const artifacts = await openConfiguredArtifacts(config, flags, context.registry.database);
  try {
    const { database, ledger, shape } = artifacts;
    return await work(
      ledger === database
        ? new PostgresProofLedger(database, shape)
        : new SeparateProofLedger(database, shape, ledger),
      { database: ledger, table: shape.table },
    );
  } finally {
    await artifacts.close();
  }
}
