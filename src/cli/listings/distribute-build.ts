import { type Failure, usageFailure } from '../../core/failure.js';
import type { JobOutcome } from '../../core/outcome.js';
import type { BuildOptions } from '../../jobs/indexing/build/build.js';
import type { BuildSummary } from '../../jobs/indexing/build/build-summary.js';
import { type ShareBuildPorts, shareBuild } from '../../jobs/indexing/build/share-build.js';
import type { StoreOptions } from '../../objectstore/options.js';
import { QueueDistributor } from '../../queue/distributor.js';
import type { BuildPlan } from '../fleet/build-units.js';
import { storeNeeds } from '../fleet/served-stores.js';
import type { JobContext } from '../job/spec.js';
import type { ListingsBuildFlags } from './flags.js';

/** @throws Failure `usage.invalid` for flags that cannot be combined with --distribute */
export function requireShareableBuild(
  flags: Omit<ListingsBuildFlags, 'registry'>,
  registry: string | false | undefined,
): void {
  if (!flags.distribute) return;
  const refuse = (reason: string): never => {
    throw usageFailure('usage.invalid', `--distribute ${reason}`);
  };
  if (!flags.missing) refuse('requires --missing');
  if (flags.out !== undefined) refuse('writes next to the archives, not into a directory; remove --out');
  if (registry === false) refuse('needs the registry, which stores the queue');
  if (flags.concurrency !== undefined)
    refuse('cannot be combined with --concurrency: each worker has its own setting');
}

interface DistributeBuildParts extends Pick<ShareBuildPorts, 'isCanary'> {
  /** The command that retries the archives that no worker could build. */
  readonly retryCommand: string;
  readonly settings: StoreOptions;
  readonly maxMemoryBytes: number | undefined;
}

/** Distributes the build of missing listings and indexes to workers. */
export async function distributeBuild(
  context: JobContext,
  options: BuildOptions,
  { isCanary, retryCommand, settings, maxMemoryBytes }: DistributeBuildParts,
): Promise<JobOutcome<BuildSummary> & { failure?: Failure }> {
  const { registry, runId, emit, signal } = context;
  const { work, index, spanBytes, dryRun } = options;
  if (registry === undefined || work.kind !== 'missing') throw new Error('the work cannot be shared');
  const plan: BuildPlan = {
    index,
    spanBytes,
    dryRun,
    ...(maxMemoryBytes === undefined ? {} : { maxMemoryBytes }),
  };
  const distributor = await QueueDistributor.open(
    registry.database,
    { runId, job: 'listings build', options: plan },
    emit,
  );
  try {
    const needsOf = (store: string) => storeNeeds(store, undefined, settings);
    return await shareBuild(work.stores, { distributor, isCanary, emit, signal, retryCommand, needsOf });
  } finally {
    await distributor.close();
  }
}
