import { Failure } from '../../core/failure.js';
import { parseStoreUrl } from '../../core/store-url.js';
import { endpointOf } from '../../objectstore/endpoint.js';
import { openLister, openPart, type StoreOptions } from '../../objectstore/open.js';
import { type StoreWorld, storeWorld, worldDifference } from '../../objectstore/world.js';
import type { Config } from '../config/schema.js';
import { version } from '../version.js';
import { storeSettings } from '../wiring/stores.js';

/** The requirements of a unit on a store: the same store, and the same version of Salvor. */
export interface StoreNeeds {
  version: string;
  store: string;
  /** The configured backup that the store is part of. */
  partOf?: string;
  world: StoreWorld;
}

/** What the coordinator sees of a store, so that workers can check that they see the same. @throws Failure `store.*` */
export async function storeNeeds(
  store: string,
  partOf: string | undefined,
  settings: StoreOptions,
): Promise<StoreNeeds> {
  const lister = partOf === undefined ? openLister(store, settings) : openPart(partOf, store, settings);
  const world = await storeWorld(lister, await endpointOf(store, settings));
  return { version, store, ...(partOf === undefined ? {} : { partOf }), world };
}

/** After this time, refused requirements are checked again, because a mount may have become available. */
const JUDGED_MS = 10_000;

/** The stores in `backups` of this host's configuration, and stores within them. */
export class ServedStores {
  readonly #config: Config;
  /** Results by requirement: a store that was identified once stays valid for the run, even if its contents change. */
  readonly #judged = new Map<string, { reason: string | undefined; atMs: number }>();

  constructor(config: Config) {
    this.#config = config;
  }

  /** Why this host cannot process a unit; undefined if it can. */
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
 * Rejects a unit whose payload exceeds its requirements, which were checked.
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
  switch (place.kind) {
    case 's3':
      return key.startsWith(place.prefix);
    case 'file':
      return !key.split('/').includes('..');
  }
}
