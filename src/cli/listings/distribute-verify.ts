import { usageFailure } from '../../core/failure.js';
import type { Sharing } from '../../jobs/listings/ports.js';
import type { StoreOptions } from '../../objectstore/options.js';
import { QueueDistributor } from '../../queue/distributor.js';
import type { Config } from '../config/schema.js';
import { storeNeeds } from '../fleet/served-stores.js';
import type { VerifyPlan } from '../fleet/verify-units.js';
import type { JobContext } from '../job/spec.js';
import type { ListingsVerifyFlags } from './flags.js';
import type { TargetTerms } from './targets.js';

/** @throws Failure `usage.invalid` for flags that cannot be combined with --distribute */
export function requireShareableVerify(
  flags: ListingsVerifyFlags,
  terms: readonly TargetTerms[],
  config: Config,
): void {
  if (flags.distribute !== true) return;
  const refuse = (reason: string, hint?: string): never => {
    throw usageFailure('usage.invalid', `--distribute ${reason}`, hint);
  };
  if (flags.registry === false) refuse('needs the registry, which stores the queue');
  if (config.state?.url !== undefined)
    refuse('cannot be combined with state.url', 'the queue is stored in the registry');
  if (flags.concurrency !== undefined)
    refuse('cannot be combined with --concurrency: each worker has its own setting');
  const own = {
    '--endpoint-url': flags.endpointUrl,
    '--region': flags.region,
    '--path-style': flags.pathStyle,
  };
  for (const [flag, value] of Object.entries(own))
    if (value !== undefined) refuse(`cannot be combined with ${flag}: each worker uses its own s3 settings`);
  const listed = terms.find(({ settings }) => settings.inventory !== undefined);
  if (listed !== undefined) refuse(`cannot be combined with an inventory (of ${listed.url})`);
}

/** Opens the queue while the job distributes its targets. */
export async function withSharing<T>(
  { registry, runId, emit }: JobContext,
  plan: VerifyPlan,
  settings: StoreOptions,
  job: (sharing: Sharing) => Promise<T>,
): Promise<T> {
  if (registry === undefined) throw new Error('the work cannot be shared');
  const distributor = await QueueDistributor.open(
    registry.database,
    { runId, job: 'listings verify', options: plan },
    emit,
  );
  const urls = plan.targets.map(({ url }) => url).join(' ');
  try {
    return await job({
      distributor,
      retryCommand: `salvor listings verify ${urls} --distribute`,
      needsOf: ({ url, partOf }) => storeNeeds(url, partOf, settings),
    });
  } finally {
    await distributor.close();
  }
}
