import { basename, dirname } from 'node:path';
import { timeText } from '../../core/iso-time.js';
import {
  describeStandIn,
  outputOfSidecar,
  STAND_IN_LIMIT_BYTES,
  type StandIn,
  standInOf,
  statedBySidecar,
} from '../../files/stand-in.js';
import type { Hit, Query } from '../../jobs/recovery/source-port.js';
import { ContentStores, dvcStoresOf, type StoredContent } from '../git/content-stores.js';
import { hashAndExamine } from '../hashing.js';
import { openBeneath, readAll } from './open-beneath.js';

/** A project may be this many directories above the configured one. */
const MAX_LEVELS = 8;

/** A sidecar (`NAME.dvc`) in a directory, and the caches of the DVC project that the directory is in. */
export class Sidecars {
  readonly #source: string;
  readonly #base: string;
  readonly #query: Query;
  #stores: ContentStores | undefined;

  constructor(source: string, base: string, query: Query) {
    this.#source = source;
    this.#base = base;
    this.#query = query;
  }

  /** Whether a path is that of a sidecar of a wanted file. */
  isOne(path: string): boolean {
    const output = outputOfSidecar(path);
    return output !== undefined && this.#query.wants(output);
  }

  /** The stand-in at the path of the file that a sidecar is about, and the content if a cache has it. */
  async hits(relative: Buffer, path: string): Promise<Hit[]> {
    const file = await openBeneath(this.#base, relative);
    if (file === undefined) return [];
    const output = outputOfSidecar(path) ?? path;
    try {
      const { mtimeMs, size } = await file.stat();
      if (size > STAND_IN_LIMIT_BYTES) return [];
      const bytes: Uint8Array[] = [];
      const body = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of readAll(file)) {
          bytes.push(Buffer.from(chunk));
          yield chunk;
        }
      };
      const { sha256, sizeBytes } = await hashAndExamine(body(), this.#query.examine(path));
      const standIn = statedBySidecar(standInOf(Buffer.concat(bytes), basename(path)), basename(path));
      if (standIn === undefined) return [];
      const reason = `it is ${describeStandIn(standIn)}, not the file`;
      const sidecar = this.#hit(this.#base, path, output, mtimeMs);
      const stored = await this.#find(standIn, output);
      return [
        { ...sidecar, sha256, sizeBytes, examined: { state: 'fail', reason, standIn } },
        ...(stored === undefined
          ? []
          : [this.#ofStored(stored, `${this.#base}/${output}`, `${this.#base}/${path}`)]),
      ];
    } finally {
      await file.close();
    }
  }

  /** The contents of sidecars in the root. */
  async ofRoot(): Promise<Hit[]> {
    const hits: Hit[] = [];
    for (const standIn of this.#query.standIns ?? []) {
      if (standIn.kind !== 'dvc' || standIn.key === undefined) continue;
      const stored = await this.#find(standIn, standIn.output ?? '');
      if (stored === undefined) continue;
      const { store, path, sha256, sizeBytes, examined, mtimeMs } = stored;
      hits.push({
        ...this.#hit(store.directory, path, path, mtimeMs),
        sha256,
        sizeBytes,
        examined,
        standsFor: standIn.key,
      });
    }
    return hits;
  }

  #hit(object: string, member: string, path: string, mtimeMs: number): Hit {
    return {
      source: this.#source,
      kind: 'directory',
      object,
      member,
      paths: [path],
      mtime: timeText(mtimeMs),
      age: mtimeMs,
      locator: { base: object, path: member },
    };
  }

  #ofStored(
    { store, path, sha256, sizeBytes, examined, mtimeMs }: StoredContent,
    place: string,
    stated: string,
  ): Hit {
    const hit = this.#hit(store.directory, path, place.replace(/^\/+/, ''), mtimeMs);
    return { ...hit, sha256, sizeBytes, examined, stated };
  }

  async #find(standIn: StandIn, output: string): Promise<StoredContent | undefined> {
    this.#stores ??= new ContentStores(await dvcStoresOf(ancestors(this.#base)), this.#query.memory);
    return this.#stores.find(standIn, () => this.#query.examine(output));
  }
}

/** A directory and those above it. */
function ancestors(directory: string): string[] {
  const all = [directory];
  for (let path = dirname(directory); path !== all.at(-1) && all.length < MAX_LEVELS; path = dirname(path))
    all.push(path);
  return all;
}
