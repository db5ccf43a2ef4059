import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { decodeName, encodeName } from '../../archive/names.js';
import { annexKeyOf } from '../../files/annex-key.js';
import { type StandIn, sha256Of } from '../../files/stand-in.js';
import type { ContentSink, Examined, Examiner, Query } from '../../jobs/recovery/source-port.js';
import { openBeneath, readAll } from '../directory/open-beneath.js';
import { readOrRecall } from '../file-identity.js';
import { copyTo } from '../hashing.js';
import { dvcCachesOf } from './dvc-cache.js';
import { commonDirectory } from './repository.js';
import { gitConfig } from './run-git.js';

/** A directory where Git LFS, git-annex, or DVC stores contents. */
export interface ContentStore {
  kind: 'git-lfs' | 'git-annex' | 'dvc';
  directory: string;
}

/** The path of a content in a store; undefined if the stand-in is not of its kind, or a search is needed. */
const PATHS: Readonly<Record<ContentStore['kind'], (standIn: StandIn) => string | undefined>> = {
  'git-lfs': (standIn) => {
    const sha256 = sha256Of(standIn);
    return sha256 === null ? undefined : `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
  },
  'git-annex': () => undefined,
  dvc: ({ kind, digest }) =>
    kind === 'dvc' && digest !== null ? `${digest.hex.slice(0, 2)}/${digest.hex.slice(2)}` : undefined,
};

/** A content from a store, verified against its stand-in. */
export interface StoredContent {
  store: ContentStore;
  /** Relative to the store's directory. */
  path: string;
  sha256: string;
  sizeBytes: number;
  examined: Examined;
  mtimeMs: number;
}

/** The stores for the contents of a repository's stand-ins, including `lfs.storage`, the annex, and DVC's caches. */
export async function contentStoresOf(repository: string): Promise<ContentStore[]> {
  const common = await commonDirectory(repository);
  const configured = (await gitConfig(repository, '^lfs\\.storage$'))
    .map((line) => line.slice(line.indexOf('\n') + 1))
    .filter((path) => path !== '' && !path.startsWith('~'))
    .map((path) => (isAbsolute(path) ? path : join(common, path)));
  const lfs = [join(common, 'lfs'), ...configured].map((directory) => join(directory, 'objects'));
  return [
    ...[...new Set(lfs)].map((directory): ContentStore => ({ kind: 'git-lfs', directory })),
    { kind: 'git-annex', directory: join(common, 'annex', 'objects') },
    ...(await dvcStoresOf([repository, ...(basename(common) === '.git' ? [dirname(common)] : [])])),
  ];
}

/** The caches of the DVC projects at these directories. */
export async function dvcStoresOf(projects: readonly string[]): Promise<ContentStore[]> {
  const caches: string[] = [];
  for (const project of new Set(projects)) caches.push(...(await dvcCachesOf(project)));
  return [...new Set(caches)].map((directory) => ({ kind: 'dvc', directory }));
}

/** At most this many keys are indexed, about 100 bytes each. */
const MAX_KEYS = 2_000_000;

/** Looks up contents by their stand-ins. */
export class ContentStores {
  #keys: Map<string, { store: ContentStore; path: string }> | undefined;
  readonly #stores: readonly ContentStore[];
  readonly #memory: Query['memory'];

  constructor(stores: readonly ContentStore[], memory?: Query['memory']) {
    this.#stores = stores;
    this.#memory = memory;
  }

  /** The verified content of a stand-in; undefined if no store has it. */
  async find(standIn: StandIn, examine: () => Examiner): Promise<StoredContent | undefined> {
    for (const store of this.#stores) {
      const path = PATHS[store.kind](standIn);
      const found = path === undefined ? undefined : await this.#read({ store, path }, standIn, examine);
      if (found !== undefined) return found;
    }
    const sha256 = sha256Of(standIn);
    if (standIn.kind === 'dvc' || (standIn.key === undefined && sha256 === null)) return undefined;
    const keys = await this.#annexKeys();
    const place = keys.get(standIn.key ?? '') ?? keys.get(`sha256 ${sha256}`);
    return place === undefined ? undefined : this.#read(place, standIn, examine);
  }

  /** Reads a content, unless an earlier plan verified exactly this version of it against this stand-in. */
  async #read(
    { store, path }: { store: ContentStore; path: string },
    standIn: StandIn,
    examine: () => Examiner,
  ): Promise<StoredContent | undefined> {
    const file = await openBeneath(store.directory, Buffer.from(encodeName(path))).catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      const { mtimeMs, size } = await file.stat();
      if (standIn.sizeBytes !== null && size !== standIn.sizeBytes) return undefined;
      const { digest } = standIn;
      const own = digest === null || digest.algorithm === 'sha256' ? undefined : createHash(digest.algorithm);
      const content = await readOrRecall(
        file,
        {
          place: JSON.stringify([store.directory, path, standIn.key ?? '', digest]),
          body: () => tapped(readAll(file), own),
          examiner: examine,
          isRight: ({ sha256 }) => digest === null || (own?.digest('hex') ?? sha256) === digest.hex,
        },
        this.#memory,
      );
      return content === undefined ? undefined : { store, path, ...content, mtimeMs };
    } finally {
      await file.close();
    }
  }

  /**
   * Annexed contents by key and by the SHA-256 in the key. Both layouts of the annex put each key into its own
   * directory.
   */
  async #annexKeys(): Promise<Map<string, { store: ContentStore; path: string }>> {
    if (this.#keys !== undefined) return this.#keys;
    const keys = new Map<string, { store: ContentStore; path: string }>();
    this.#keys = keys;
    for (const store of this.#stores) {
      if (store.kind !== 'git-annex') continue;
      for await (const directory of directoriesOf(store.directory, 3)) {
        if (keys.size >= MAX_KEYS) return keys;
        const key = directory.slice(directory.lastIndexOf('/') + 1);
        const digest = annexKeyOf(key)?.digest;
        const place = { store, path: `${directory}/${key}` };
        keys.set(key, place);
        if (digest?.algorithm === 'sha256') keys.set(`sha256 ${digest.hex}`, place);
      }
    }
    return keys;
  }
}

/** Relative paths of the directories `depth` levels down. Follows no links. */
async function* directoriesOf(base: string, depth: number, below = ''): AsyncGenerator<string> {
  const entries = await readdir(Buffer.from(join(base, below)), {
    withFileTypes: true,
    encoding: 'buffer',
  }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const path = below === '' ? decodeName(entry.name) : `${below}/${decodeName(entry.name)}`;
    if (depth === 1) yield path;
    else yield* directoriesOf(base, depth - 1, path);
  }
}

async function* tapped(
  body: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash> | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    hash?.update(chunk);
    yield chunk;
  }
}

/** Copies a content from a store. @throws Error if it no longer exists */
export async function copyStored(
  directory: string,
  path: string,
  sink: ContentSink,
): Promise<{ sha256: string; sizeBytes: number }> {
  const file = await openBeneath(directory, Buffer.from(encodeName(path)));
  if (file === undefined) throw new Error('it is no longer a regular file');
  try {
    return await copyTo(readAll(file), sink);
  } finally {
    await file.close();
  }
}
