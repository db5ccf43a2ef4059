import { usageFailure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import { appliesTo } from '../../files/candidate.js';
import type { Root } from '../../files/port.js';
import { type RootWorld, rootWorld } from '../../files/root-world.js';
import type { SharedPorts } from '../../jobs/checksums/distributed/distributed.js';
import type { UnitTerms } from '../../jobs/checksums/distributed/process-unit.js';
import type { ChecksumOptions } from '../../jobs/checksums/options.js';
import { msUntilEnd } from '../../jobs/checksums/pipeline/keep-window.js';
import type { BackfillSummary } from '../../jobs/checksums/report/summary.js';
import { DatabaseClock } from '../../queue/database-clock.js';
import { QueueDistributor } from '../../queue/distributor.js';
import type { Json } from '../../queue/port.js';
import { PostgresPartialReads } from '../../registry/partial-reads.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';
import type { JobContext } from '../job/spec.js';
import { version } from '../version.js';
import { openConfiguredArtifacts, tableOf } from '../wiring/artifacts.js';
import { ResidualFile, withProgress } from './checksum-options.js';
import type { ChecksumFlags } from './flags.js';

/** The requirements of a unit of checksums: the same table with the same guard and mirror, and these roots. */
export interface ChecksumNeeds {
  version: string;
  artifacts: Json;
  roots: Root[];
  /** What the coordinator sees of these roots, in order; null for a root that is not mounted there. */
  worlds: (RootWorld | null)[];
}

/** The parameters of the run for the workers. */
export interface ChecksumPlan {
  terms: Omit<UnitTerms, 'recheckBefore'>;
  /** RFC 3339. */
  recheckBefore: string | null;
  actor: string;
  batchRows: number;
  commitEveryMs: number;
  dryRun: boolean;
  /** When the window or time limit ends the run, RFC 3339; null without a limit. */
  endsAt: string | null;
  /** The rate per worker, if the rate is not for the whole run. */
  bytesPerSecond: number | null;
}

/** @throws Failure `usage.invalid` for flags that cannot be combined with --distribute */
export function requireShareable(
  flags: ChecksumFlags & { stat?: true; limit?: number },
  config: Config,
): void {
  const refuse = (what: string, hint?: string): never => {
    throw usageFailure('usage.invalid', `--distribute cannot be combined with ${what}`, hint);
  };
  if (flags.distribute !== true) {
    if (flags.ratePerWorker === true)
      throw usageFailure('usage.invalid', '--rate-per-worker requires --distribute');
    return;
  }
  if (flags.emitSql !== undefined) refuse('--emit-sql');
  if (flags.threads !== undefined) refuse('--threads', 'each worker has its own checksums.threads');
  if (flags.stat === true && flags.limit !== undefined) refuse('--stat and --limit at once');
  if (config.registry?.mode === 'readonly') refuse('registry.mode: readonly');
  if (config.state?.url !== undefined) refuse('state.url', "the queue is stored in the artifacts' database");
}

/** Opens queue and table, hands the ports to the job, and closes them in reverse. */
export async function withSharedPorts<T extends { summary: BackfillSummary }>(
  context: JobContext,
  { flags, loaded }: { flags: ChecksumFlags & GlobalOptions; loaded: LoadedConfig },
  asked: ChecksumOptions &
    Pick<ChecksumPlan, 'terms'> & {
      recheckOlderThanMs?: number | undefined;
      maxDurationMs?: number | undefined;
    },
  job: (ports: SharedPorts) => Promise<T>,
): Promise<T> {
  const { config } = loaded;
  const dryRun = flags.dryRun ?? false;
  const { registry } = context;
  if (registry === undefined) throw new Error('the job runs without its registry');
  const rate = flags.rate ?? config.checksums?.rate;
  const residual = flags.residual === undefined ? undefined : new ResidualFile(flags.residual);
  const artifacts = await openConfiguredArtifacts(config, flags, registry.database);
  let distributor: QueueDistributor | undefined;
  try {
    const clock = await DatabaseClock.set(registry.database);
    const { terms, actor, batchRows, commitEveryMs, recheckOlderThanMs: age } = asked;
    const endsInMs = msUntilEnd(asked, clock.now());
    const options: ChecksumPlan = {
      terms,
      actor,
      batchRows,
      commitEveryMs,
      dryRun,
      recheckBefore: age === undefined ? null : timeText(clock.now().getTime() - age),
      endsAt: endsInMs === undefined ? null : timeText(clock.now().getTime() + endsInMs),
      bytesPerSecond: (flags.ratePerWorker ? rate : undefined) ?? null,
    };
    distributor = await QueueDistributor.open(
      registry.database,
      {
        runId: context.runId,
        job: 'checksums',
        options,
        bytesPerSecond: flags.ratePerWorker ? undefined : rate,
      },
      context.emit,
    );
    const outcome = await job({
      artifacts: artifacts.reader,
      writes: !dryRun,
      noteVerified: async (run) => {
        if (!dryRun) await (await artifacts.writer()).noteVerified(run);
      },
      drift: artifacts.drift,
      clock,
      emit: context.emit,
      signal: context.signal,
      residual: residual && ((row) => residual.write(row)),
      runId: context.runId,
      parts: dryRun ? undefined : new PostgresPartialReads(artifacts.ledger, artifacts.shape.table),
      endMs: endsInMs === undefined ? undefined : clock.monotonicMs() + endsInMs,
      distributor,
      needsOf: needsOf(config, await rootWorlds(config)),
      retryCommand: retryCommand(terms, flags.type),
    });
    return { ...outcome, summary: await withProgress(outcome.summary, artifacts) };
  } finally {
    await distributor?.close();
    await artifacts.close();
    residual?.close();
  }
}

/** The requirements for reading the files of this type and writing to the table. */
function needsOf(
  config: Config,
  worlds: ReadonlyMap<string, RootWorld | null>,
): (type: string | null) => ChecksumNeeds {
  const artifacts = artifactsNeeds(config);
  return (type) => {
    const roots = (config.roots ?? []).filter((root) => appliesTo(root, type));
    return { version, artifacts, roots, worlds: roots.map(({ path }) => worlds.get(path) ?? null) };
  };
}

async function rootWorlds(config: Config): Promise<Map<string, RootWorld | null>> {
  const worlds = new Map<string, RootWorld | null>();
  for (const root of config.roots ?? []) worlds.set(root.path, (await rootWorld(root)) ?? null);
  return worlds;
}

/** Equal on two hosts if and only if both write to the artifacts in the same way. */
export function artifactsNeeds(config: Config): Json {
  return { ...tableOf(config), mirror: config.journal?.mirror ?? null };
}

function retryCommand(terms: ChecksumPlan['terms'], types: readonly string[] | undefined): string {
  const words = [
    terms.kind === 'scrub' ? 'salvor checksums verify' : 'salvor checksums backfill',
    '--distribute',
  ];
  if (types !== undefined) words.push('--type', ...types);
  return words.join(' ');
}
