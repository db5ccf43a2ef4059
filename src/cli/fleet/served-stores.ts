import { Failure } from '../../core/failure.js';
import { parseStoreUrl } from '../../core/store-url.js';
import { endpointOf } from '../../objectstore/endpoint.js';
import { openLister, openPart, type StoreOptions } from '../../objectstore/open.js';
import { type StoreWorld, storeWorld, worldDifference } from '../../objectstore/world.js';
import type { Config } from '../config/schema.js';
import { version } from '../version.js';
import { storeSettings } from '../wiring/stores.js';

/** What a worker must have for a unit of a store: the same store, and the same version of Salvor. */
export interface StoreNeeds {
  version: string;
  store: string;
  /** The configured backup that the store is a part of. */
  partOf?: string;
  world: StoreWorld;
}

/** What the run sees of a store, for workers to prove that they see the same. @throws Failure `store.*` */
export async function storeNeeds(
  store: string,
  partOf: string | undefined,
  settings: StoreOptions,
): Promise<StoreNeeds> {
  const lister = partOf === undefined ? openLister(store, settings) : openPart(partOf, store, settings);
  const world = await storeWorld(lister, await endpointOf(store, settings));
  return { version, store, ...(partOf === undefined ? {} : { partOf }), world };
}

/** What was refused is looked at again after a while: a mount may come, a configuration may not. */
const JUDGED_MS = 10_000;

/** The stores that `backups` of this host's configuration names, and what lies within them. */
export class ServedStores {
  readonly #config: Config;
  /** By needs: what is the same once stays the same for the run, whatever is written to the store meanwhile. */
  readonly #judged = new Map<string, { reason: string | undefined; atMs: number }>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** Why a unit is not for this host; undefined when it is. */
  async lacks(needs: unknown): Promise<string | undefined> {
    const { store, partOf, world } = needs as Partial<StoreNeeds>;
    if (typeof store !== 'string' || !servesStore(this.#config, store))
      return `the store ${String(store)} is not configured in backups on this host`;
    if (world === undefined) return `the run does not identify the store ${store}`;
    const key = JSON.stringify(needs);
    const before = this.#judged.get(key);
    if (before && (before.reason === undefined || performance.now() - before.atMs < JUDGED_MS))
      return before.reason;
    const reason = await this.#difference(store, partOf, world);
    this.#judged.set(key, { reason, atMs: performance.now() });
    return reason;
  }

  async #difference(
    store: string,
    partOf: string | undefined,
    world: StoreWorld,
  ): Promise<string | undefined> {
    const settings = storeSettings({}, this.#config.s3);
    try {
      const lister = partOf === undefined ? openLister(store, settings) : openPart(partOf, store, settings);
      return await worldDifference(world, lister, await endpointOf(store, settings));
    } catch (error) {
      if (error instanceof Failure) return error.message;
      throw error;
    }
  }
}

/** Whether a store is among, or lies within, those that `backups` of this host's configuration names. */
function servesStore({ backups }: Config, store: string): boolean {
  return (backups ?? []).some(({ url }) => store.startsWith(parseStoreUrl(url).url));
}

/**
 * A unit's payload is used only for what its needs, which were checked, allow.
 * @throws Failure `work.refused`
 */
export function requireWithin(needs: unknown, store: string, key?: string): void {
  const wanted = (needs as Partial<StoreNeeds>).store;
  if (store === wanted && (key === undefined || isBelow(parseStoreUrl(store), key))) return;
  throw new Failure('work.refused', `a unit for ${String(wanted)} names ${store}${key ?? ''}`, {
    hint: 'check who can write to the tables salvor.work and salvor.work_queues',
  });
}

function isBelow(place: ReturnType<typeof parseStoreUrl>, key: string): boolean {
  if (place.kind === 's3') return key.startsWith(place.prefix);
  return !key.split('/').includes('..');
}
