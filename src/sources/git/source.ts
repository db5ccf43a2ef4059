import { createHash } from 'node:crypto';
import { timeText } from '../../core/iso-time.js';
import { STAND_IN_LIMIT_BYTES, type StandIn, standInOf, standInOfLink } from '../../files/stand-in.js';
import type {
  ContentSink,
  Extraction,
  ExtractionSummary,
  Hit,
  Query,
  Source,
  SourceReport,
  Trust,
  Wanted,
} from '../../jobs/recovery/source-port.js';
import {
  copiedExtraction,
  copyTo,
  failedExtraction,
  hashAndExamine,
  messageOf,
  type ReadContent,
} from '../hashing.js';
import { sourceReport } from '../source-report.js';
import { type Blob, BlobReader } from './blobs.js';
import { ContentStores, contentStoresOf, copyStored, type StoredContent } from './content-stores.js';
import { readHistory, type Version } from './history.js';
import { type Repository, requireWholeHistory, submodulesOf } from './repository.js';
import { VersionsByPath } from './versions.js';

/** Submodules in submodules in …: nobody makes more. */
const MAX_REPOSITORIES = 1000;
/** Errors beyond these are counted, not kept. */
const MAX_ERRORS = 100;

/** What one search adds up to. */
interface Tally {
  files: number;
  leftOut: number;
  absent: string[];
  errors: string[];
}

/** Every version of a file that any commit of a repository holds, those deleted long ago included. */
export class GitSource implements Source {
  readonly kind = 'git';
  readonly name: string;
  readonly #repository: string;
  readonly trust: Trust;
  readonly #clones: readonly string[];

  /** @param clones other configured repositories, in whose stores contents of this one's stand-ins may be */
  constructor(repository: string, trust: Trust = 'bind', clones: readonly string[] = []) {
    this.#repository = repository;
    this.trust = trust;
    this.#clones = clones;
    this.name = `git ${repository}`;
  }

  async search(query: Query, onHit: (hit: Hit) => void, signal?: AbortSignal): Promise<SourceReport> {
    const tally: Tally = { files: 0, leftOut: 0, absent: [], errors: [] };
    try {
      const pending: Repository[] = [{ directory: this.#repository, prefix: '' }];
      for (let i = 0; i < pending.length && i < MAX_REPOSITORIES; i += 1) {
        const next = pending[i];
        if (next !== undefined) pending.push(...(await this.#searchOne(next, query, onHit, tally, signal)));
      }
    } catch (error) {
      signal?.throwIfAborted();
      tally.errors.push(messageOf(error));
      return sourceReport(this, 'failed', 'the history could not be read', tally);
    }
    const limits = [
      tally.leftOut > 0 ? `${tally.leftOut} old versions left out` : '',
      tally.absent.length > 0 ? `submodules not searched: ${tally.absent.slice(0, 20).join(', ')}` : '',
    ].filter((limit) => limit !== '');
    const scope = ['every commit of every branch, tag and reflog', ...limits].join(', ');
    const state = tally.errors.length > 0 ? 'failed' : limits.length > 0 ? 'scoped' : 'complete';
    return sourceReport(this, state, scope, tally);
  }

  /** Searches one repository. @returns the submodules that its history names and that are here */
  async #searchOne(
    repository: Repository,
    query: Query,
    onHit: (hit: Hit) => void,
    tally: Tally,
    signal?: AbortSignal,
  ): Promise<Repository[]> {
    const { directory, prefix } = repository;
    await requireWholeHistory(directory);
    const found = new VersionsByPath();
    const submodules = new Set<string>();
    await readHistory(
      directory,
      (version) => {
        const path = prefix + version.path;
        tally.files += 1;
        if (query.wants(path)) found.add({ ...version, path });
        else if (!version.link && query.isHint(path)) found.addHint({ ...version, path });
      },
      (path) => submodules.add(path),
      signal,
    );
    const stores = await this.#stores(directory);
    await this.#look(repository, found, stores, { query, onHit, tally }, signal);
    if (prefix === '') await this.#lookInStores(stores, query, onHit);
    tally.leftOut += found.leftOut;
    const { here, absent } = await submodulesOf(repository, submodules);
    tally.absent.push(...absent);
    return here;
  }

  async #stores(directory: string): Promise<ContentStores> {
    const all = await contentStoresOf(directory);
    for (const clone of new Set([this.#repository, ...this.#clones])) {
      if (clone !== directory) all.push(...(await contentStoresOf(clone).catch(() => [])));
    }
    return new ContentStores(all);
  }

  async #look(
    repository: Repository,
    found: VersionsByPath,
    stores: ContentStores,
    { query, onHit, tally }: { query: Query; onHit: (hit: Hit) => void; tally: Tally },
    signal?: AbortSignal,
  ): Promise<void> {
    if (found.size === 0 && found.hints.size === 0) return;
    const blobs = new BlobReader(repository.directory);
    try {
      for (const versions of found.paths()) {
        for (const [i, version] of versions.entries()) {
          signal?.throwIfAborted();
          const newer = i === 0 ? undefined : versions[0];
          const examine = () => query.examine(version.path);
          const read = await readBlob(await blobs.open(version.blob), version, examine());
          if (read.kind === 'other') {
            if (tally.errors.length < MAX_ERRORS) tally.errors.push(`${version.path}: ${read.message}`);
            continue;
          }
          if (!version.link) onHit(this.#hitOf(repository, version, newer, read.content));
          const stored = read.standIn === undefined ? undefined : await stores.find(read.standIn, examine);
          if (stored !== undefined) onHit(this.#storedHit(version, newer, stored));
        }
      }
    } finally {
      await blobs.close();
    }
    for (const version of found.hints.values()) onHit(this.#hintOf(repository, version));
  }

  #hitOf({ directory }: Repository, version: Version, newer: Version | undefined, content: ReadContent): Hit {
    return { ...this.#base(version, directory), version: version.blob, ...superseded(newer), ...content };
  }

  /** Only seen, and not read: the id of the blob tells its content from others. */
  #hintOf({ directory }: Repository, version: Version): Hit {
    return { ...this.#base(version, directory), version: version.blob, hint: true };
  }

  #base(version: Version, directory: string): Hit {
    const time = timeText(version.committedAt * 1000);
    const commit = version.commit.slice(0, 12);
    const day = time.slice(0, 10);
    return {
      source: this.name,
      kind: this.kind,
      object: directory,
      member: version.path,
      paths: [version.path],
      mtime: time,
      history: version.deleted ? `deleted in commit ${commit} on ${day}` : `committed in ${commit} on ${day}`,
      age: version.committedAt * 1000,
      locator: { blob: version.blob, ...(directory === this.#repository ? {} : { repository: directory }) },
    };
  }

  /** A content that the history has a stand-in for, under the stand-in's path. */
  #storedHit(version: Version, newer: Version | undefined, stored: StoredContent): Hit {
    const { store, path, sha256, sizeBytes, examined } = stored;
    const base = this.#base(version, store.directory);
    return {
      ...base,
      version: sha256,
      ...superseded(newer),
      sha256,
      sizeBytes,
      examined,
      history: `${base.history} as a stand-in, whose content is in the store of ${store.kind}`,
      locator: { objects: store.directory, path },
    };
  }

  /** Contents of stand-ins in the root: by the digest or the key that they state. */
  async #lookInStores(stores: ContentStores, query: Query, onHit: (hit: Hit) => void): Promise<void> {
    const byDigest = [...query.digests].map(
      (hex): StandIn => ({ kind: 'git-lfs', digest: { algorithm: 'sha256', hex }, sizeBytes: null }),
    );
    for (const standIn of [...byDigest, ...(query.standIns ?? [])]) {
      const stored = await stores.find(standIn, () => query.examine(standIn.key ?? ''));
      if (stored === undefined) continue;
      const { store, path, sha256, sizeBytes, examined, mtimeMs } = stored;
      onHit({
        source: this.name,
        kind: this.kind,
        object: store.directory,
        version: sha256,
        member: path,
        paths: [path],
        sha256,
        sizeBytes,
        examined,
        age: mtimeMs,
        history: store.kind === 'git-lfs' ? 'in the store of Git LFS' : 'in the store of git-annex',
        ...(standIn.key === undefined ? {} : { standsFor: standIn.key }),
        locator: { objects: store.directory, path },
      });
    }
  }

  async extract(
    wanted: readonly Wanted[],
    open: (wanted: Wanted) => ContentSink,
    onOutcome: (outcome: Extraction) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<ExtractionSummary> {
    const readers = new Map<string, BlobReader>();
    const readerOf = (directory: string): BlobReader => {
      const reader = readers.get(directory) ?? new BlobReader(directory);
      readers.set(directory, reader);
      return reader;
    };
    try {
      for (const one of wanted) {
        signal?.throwIfAborted();
        await onOutcome(await this.#copy(one, readerOf, open));
      }
    } finally {
      for (const reader of readers.values()) await reader.close();
    }
    return { bytesFetched: 0, archivesRead: [] };
  }

  async #copy(
    one: Wanted,
    readerOf: (directory: string) => BlobReader,
    open: (wanted: Wanted) => ContentSink,
  ): Promise<Extraction> {
    const { blob, repository, objects, path } = one.hit.locator;
    try {
      const copied =
        blob === undefined
          ? await copyStored(String(objects), String(path), open(one))
          : await copyTo(
              verified(
                await readerOf(String(repository ?? this.#repository)).open(String(blob)),
                String(blob),
              ),
              open(one),
            );
      return copiedExtraction(one, copied);
    } catch (error) {
      return failedExtraction(one.id, error);
    }
  }
}

function superseded(newer: Version | undefined): { superseded?: string } {
  return newer === undefined ? {} : { superseded: `by commit ${newer.commit.slice(0, 12)}` };
}

type ReadBlob =
  | { kind: 'read'; content: ReadContent; standIn: StandIn | undefined }
  | { kind: 'other'; message: string };

/** Reads a blob once, compares it with its id, and looks whether it only stands for a content. */
async function readBlob(
  blob: Blob,
  version: Version,
  examiner: Parameters<typeof hashAndExamine>[1],
): Promise<ReadBlob> {
  const small: Uint8Array[] = [];
  const body = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of verified(blob, version.blob)) {
      if (blob.sizeBytes <= STAND_IN_LIMIT_BYTES) small.push(Buffer.from(chunk));
      yield chunk;
    }
  };
  try {
    const content = await hashAndExamine(body(), examiner);
    const bytes = Buffer.concat(small);
    const name = version.path.slice(version.path.lastIndexOf('/') + 1);
    const standIn = version.link ? standInOfLink(bytes.toString('utf8')) : standInOf(bytes, name);
    return { kind: 'read', content, standIn };
  } catch (error) {
    if (error instanceof OtherContent) return { kind: 'other', message: error.message };
    throw error;
  }
}

class OtherContent extends Error {}

/** The bytes of a blob, whose id is their digest. @throws OtherContent at the end, when they are not */
async function* verified({ sizeBytes, body }: Blob, id: string): AsyncGenerator<Uint8Array> {
  const hash = createHash(id.length === 40 ? 'sha1' : 'sha256').update(`blob ${sizeBytes}\0`);
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== id) throw new OtherContent(`the bytes of blob ${id} do not have its id`);
}
