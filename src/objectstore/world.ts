import type { StoreEndpoint } from './endpoint.js';
import type { ObjectInfo, StoreLister } from './port.js';

/** Distinguishes stores with the same name: their address and their first object. Plain JSON. */
export interface StoreWorld extends StoreEndpoint {
  /** Null if the store is empty. */
  readonly first: StoreProbe | null;
}

/** An object that identifies a store: a copy of the store has other dates or ETags. */
interface StoreProbe {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
  readonly etag: string | null;
}

/** @throws Failure `store.*` */
export async function storeWorld(
  lister: StoreLister,
  endpoint: StoreEndpoint,
  signal?: AbortSignal,
): Promise<StoreWorld> {
  for await (const { objects } of lister.list(signal === undefined ? {} : { signal })) {
    const [first] = objects;
    if (first !== undefined) return { ...endpoint, first: probeOf(first) };
  }
  return { ...endpoint, first: null };
}

/**
 * Describes how the store seen from here differs from that of the run; undefined if it is the same. New keys before the
 * first one make no difference.
 * @throws Failure `store.*`
 */
export async function worldDifference(
  world: StoreWorld,
  lister: StoreLister,
  here: StoreEndpoint,
): Promise<string | undefined> {
  if (here.endpoint !== world.endpoint)
    return `${lister.url} is at ${here.endpoint} for this host, but at ${world.endpoint} for the run`;
  if (here.region !== world.region)
    return `${lister.url} is in region ${here.region} for this host, but in ${world.region} for the run`;
  const { first } = world;
  for await (const { objects } of lister.list(first === null ? {} : { endAt: first.key })) {
    if (first === null && objects.length > 0)
      return `${lister.url} is empty for the run, but not for this host`;
    const seen = objects.find(({ key }) => key === first?.key);
    if (seen !== undefined && first !== null)
      return isSame(probeOf(seen), first)
        ? undefined
        : `${lister.urlOf(first.key)} is a different object for this host`;
  }
  return first === null ? undefined : `${lister.urlOf(first.key)} does not exist for this host`;
}

function probeOf({ key, sizeBytes, lastModifiedMs, etag }: ObjectInfo): StoreProbe {
  return { key, sizeBytes, lastModifiedMs, etag: etag ?? null };
}

function isSame(a: StoreProbe, b: StoreProbe): boolean {
  return a.sizeBytes === b.sizeBytes && a.lastModifiedMs === b.lastModifiedMs && a.etag === b.etag;
}
