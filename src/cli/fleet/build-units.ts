import type { Finding } from '../../core/finding.js';
import { decodersFor } from '../../decompress/decode.js';
import { buildListings } from '../../jobs/indexing/build/build.js';
import type { ArchiveResult, ArchiveUnit } from '../../jobs/indexing/build/share-build.js';
import { StorePlacement } from '../../jobs/indexing/placement.js';
import type { Claim } from '../../queue/port.js';
import type { UnitHandler, UnitSlot } from '../../queue/worker-loop.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { canaryUrls, Stores } from '../listings/archive-refs.js';
import { version } from '../version.js';
import { storeSettings } from '../wiring/stores.js';
import { requireWithin, ServedStores } from './served-stores.js';

/** The parameters of a distributed `listings build --missing` for the workers. */
export interface BuildPlan {
  index: boolean;
  spanBytes: number;
  dryRun: boolean;
  /** The memory limit for decoding one archive, if the run sets one. */
  maxMemoryBytes?: number;
}

/** Units of `listings build --missing`: archives of the stores that `backups` of this host's configuration names. */
export class BuildUnits implements UnitHandler {
  readonly job = 'listings build';
  readonly #config: Config;
  readonly #stores: ServedStores;

  constructor({ config }: LoadedConfig) {
    this.#config = config;
    this.#stores = new ServedStores(config);
  }

  lacks(needs: unknown): Promise<string | undefined> {
    return this.#stores.lacks(needs);
  }

  slot(): UnitSlot {
    const stores = new Stores(storeSettings({}, this.#config.s3));
    const canaries = canaryUrls(this.#config, undefined, []);
    return {
      work: (claim, stop) => build(claim, AbortSignal.any([claim.over, stop]), stores, canaries),
      close: async () => undefined,
    };
  }
}

async function build(
  claim: Claim,
  signal: AbortSignal,
  stores: Stores,
  canaries: ReadonlySet<string>,
): Promise<'done' | 'released'> {
  const { index, spanBytes, dryRun, maxMemoryBytes } = claim.options as BuildPlan;
  const { store: url, key, listingBytes, indexBytes } = claim.payload as ArchiveUnit;
  requireWithin(claim.needs, url, key);
  const archive = { store: stores.writer(url), key };
  // An earlier attempt may have written files that the listing of the store does not contain.
  const known = { listing: listingBytes ?? undefined, index: indexBytes ?? undefined };
  const items = [claim.attempt === 1 ? { archive, known } : { archive }];
  const findings: Finding[] = [];
  const { summary, exitCode } = await buildListings(
    {
      work: { kind: 'listed', items },
      index,
      spanBytes,
      replace: false,
      onlyMissing: true,
      dryRun,
      concurrency: 1,
      writer: `salvor ${version}`,
    },
    {
      decode: decodersFor(maxMemoryBytes).decode,
      placementFor: (_, siblings) => new StorePlacement(archive.store, key, siblings),
      isCanary: () => canaries.has(archive.store.urlOf(key)),
      emit: (event) => {
        if (event.type === 'finding') findings.push(event.finding);
      },
      signal,
    },
  );
  if (signal.aborted) {
    await claim.release();
    return 'released';
  }
  await claim.reportNow(null, { items: 1, bytes: summary.bytes_read });
  const result: ArchiveResult = { summary, findings, exitCode };
  await claim.done(result);
  return 'done';
}
