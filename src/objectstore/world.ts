import type { StoreEndpoint } from './endpoint.js';
import type { ObjectInfo, StoreLister } from './port.js';

/** What tells one store from another of the same name: where it is, and what is first in it. Plain JSON. */
export interface StoreWorld extends StoreEndpoint {
  /** Null where the store is empty. */
  readonly first: StoreProbe | null;
}

/** An object as only the same store has it: a copy has other dates, or other ETags. */
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
 * How what is seen here differs from a world, in words; undefined when it is the same. Keys that came before the first
 * one meanwhile change nothing.
 * @throws Failure `store.*`
 */
export async function worldDifference(
  world: StoreWorld,
  lister: StoreLister,
  here: StoreEndpoint,
): Promise<string | undefined> {
  if (here.endpoint !== world.endpoint)
    return `${lister.url} is reached at ${here.endpoint} here, and at ${world.endpoint} by the run`;
  if (here.region !== world.region)
    return `${lister.url} is in region ${here.region} here, and in ${world.region} by the run`;
  const { first } = world;
  for await (const { objects } of lister.list(first === null ? {} : { endAt: first.key })) {
    if (first === null && objects.length > 0) return `${lister.url} is empty for the run, and not here`;
    const seen = objects.find(({ key }) => key === first?.key);
    if (seen !== undefined && first !== null)
      return isSame(probeOf(seen), first) ? undefined : `${lister.urlOf(first.key)} is another object here`;
  }
  return first === null ? undefined : `${lister.urlOf(first.key)} is not there for this host`;
}

function probeOf({ key, sizeBytes, lastModifiedMs, etag }: ObjectInfo): StoreProbe {
  return { key, sizeBytes, lastModifiedMs, etag: etag ?? null };
}

function isSame(a: StoreProbe, b: StoreProbe): boolean {
  return a.sizeBytes === b.sizeBytes && a.lastModifiedMs === b.lastModifiedMs && a.etag === b.etag;
}
