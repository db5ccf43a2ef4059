import { basename } from 'node:path';
import {
  describeStandIn,
  outputOfSidecar,
  SIDECAR_SUFFIX,
  type StandIn,
  statedBySidecar,
} from '../../files/stand-in.js';
import type {
  ContentSink,
  Examiner,
  Extraction,
  ExtractionSummary,
  Hit,
  Query,
  Source,
  SourceReport,
  Trust,
  Wanted,
} from '../../jobs/recovery/source-port.js';
import { copiedExtraction, copyTo, failedExtraction, messageOf } from '../hashing.js';
import { sourceReport } from '../source-report.js';
import { BlobReader } from './blobs.js';
import { ContentStores, contentStoresOf, copyStored, type StoredContent } from './content-stores.js';
import { readHistory, type Version } from './history.js';
import { contentHit, HitsOfRepository } from './hits.js';
import { type Repository, requireWholeHistory, submodulesOf } from './repository.js';
import { VerifiedBlobs, verifiedBytes } from './verified-blob.js';
import { VersionsByPath } from './versions.js';

/** At most this many repositories, including nested submodules. */
const MAX_REPOSITORIES = 1000;
/** At most this many errors are kept; the rest are only counted. */
const MAX_ERRORS = 100;

/** The totals of one search. */
interface Tally {
  files: number;
  leftOut: number;
  absent: string[];
  errors: string[];
}

interface GitSearch {
  query: Query;
  onHit: (hit: Hit) => void;
  tally: Tally;
}

/** Every version of every file in any commit of a repository, including deleted files. */
export class GitSource implements Source {
  readonly kind = 'git';
  readonly name: string;
  readonly #repository: string;
  readonly trust: Trust;
  readonly #clones: readonly string[];

  /** @param clones other configured repositories, whose stores may have the contents of this one's stand-ins */
  constructor(repository: string, trust: Trust = 'bind', clones: readonly string[] = []) {
    this.#repository = repository;
    this.trust = trust;
    this.#clones = clones;
    this.name = `git ${repository}`;
  }

  async search(query: Query, onHit: (hit: Hit) => void, signal?: AbortSignal): Promise<SourceReport> {
    const tally: Tally = { files: 0, leftOut: 0, absent: [], errors: [] };
    const search: GitSearch = { query, onHit, tally };
    try {
      const pending: Repository[] = [{ directory: this.#repository, prefix: '' }];
      for (let i = 0; i < pending.length && i < MAX_REPOSITORIES; i += 1) {
        const next = pending[i];
        if (next !== undefined) pending.push(...(await this.#searchOne(next, search, signal)));
      }
    } catch (error) {
      signal?.throwIfAborted();
      tally.errors.push(messageOf(error));
      return sourceReport(this, 'failed', 'the history could not be read', tally);
    }
    const limits = [
      tally.leftOut > 0 ? `${tally.leftOut} old versions omitted` : '',
      tally.absent.length > 0 ? `submodules not searched: ${tally.absent.slice(0, 20).join(', ')}` : '',
    ].filter((limit) => limit !== '');
    const unread = tally.errors.length > 0 ? ['but some contents could not be read'] : [];
    const scope = ['every commit of every branch, tag and reflog', ...limits, ...unread].join(', ');
    const state = tally.errors.length > 0 ? 'failed' : limits.length > 0 ? 'scoped' : 'complete';
    return sourceReport(this, state, scope, tally);
  }

  /** Searches one repository. @returns the available submodules that its history names */
  async #searchOne(repository: Repository, search: GitSearch, signal?: AbortSignal): Promise<Repository[]> {
    const { directory, prefix } = repository;
    const { query, tally } = search;
    await requireWholeHistory(directory);
    const found = new VersionsByPath();
    /** Versions of `NAME.dvc`, by the path of NAME. */
    const sidecars = new VersionsByPath();
    const submodules = new Set<string>();
    await readHistory(
      directory,
      (version) => {
        const path = prefix + version.path;
        tally.files += 1;
        const output = outputOfSidecar(path);
        if (query.wants(path)) found.add({ ...version, path });
        else if (output !== undefined && query.wants(output)) sidecars.add({ ...version, path: output });
        else if (!version.link && query.isHint(path)) found.addHint({ ...version, path });
      },
      (path) => submodules.add(path),
      signal,
    );
    const stores = await this.#stores(directory, query.memory);
    await this.#readVersions({ found, sidecars }, { directory, stores }, search, signal);
    if (prefix === '') await this.#lookInStores(stores, search);
    tally.leftOut += found.leftOut + sidecars.leftOut;
    const { here, absent } = await submodulesOf(repository, submodules);
    tally.absent.push(...absent);
    return here;
  }

  async #stores(directory: string, memory: Query['memory']): Promise<ContentStores> {
    const all = await contentStoresOf(directory);
    for (const clone of new Set([this.#repository, ...this.#clones])) {
      if (clone !== directory) all.push(...(await contentStoresOf(clone).catch(() => [])));
    }
    return new ContentStores(all, memory);
  }

  async #readVersions(
    { found, sidecars }: { found: VersionsByPath; sidecars: VersionsByPath },
    { directory, stores }: { directory: string; stores: ContentStores },
    search: GitSearch,
    signal?: AbortSignal,
  ): Promise<void> {
    if (found.size === 0 && found.hints.size === 0 && sidecars.size === 0) return;
    const { query, onHit, tally } = search;
    const hits = new HitsOfRepository({ source: this.name, home: this.#repository, directory });
    const blobs = await VerifiedBlobs.open(directory, query.memory);
    try {
      for (const versions of found.paths()) {
        for (const [i, version] of versions.entries()) {
          signal?.throwIfAborted();
          const newer = i === 0 ? undefined : versions[0];
          const examine = () => query.examine(version.path);
          const read = await blobs.read(version, examine);
          if (read.kind === 'unusable') {
            if (tally.errors.length < MAX_ERRORS) tally.errors.push(`${version.path}: ${read.message}`);
            continue;
          }
          if (!version.link) onHit(hits.ofVersion(version, newer, read.content));
          const stored = await storedContent(stores, read.standIn, examine, tally);
          if (stored !== undefined) onHit(hits.ofStored(version, newer, stored));
        }
      }
      for (const versions of sidecars.paths()) {
        signal?.throwIfAborted();
        await readSidecars(versions, { blobs, hits, stores }, search);
      }
    } finally {
      await blobs.close();
    }
    for (const version of found.hints.values()) onHit(hits.hintOf(version));
  }

  /** Finds the contents of stand-ins in the root by the digest or key that they state. */
  async #lookInStores(stores: ContentStores, { query, onHit, tally }: GitSearch): Promise<void> {
    const byDigest = [...query.digests].map(
      (hex): StandIn => ({ kind: 'git-lfs', digest: { algorithm: 'sha256', hex }, sizeBytes: null }),
    );
    for (const standIn of [...byDigest, ...(query.standIns ?? [])]) {
      const stored = await storedContent(stores, standIn, () => query.examine(standIn.key ?? ''), tally);
      if (stored === undefined) continue;
      onHit(contentHit(this.name, standIn, stored));
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
              verifiedBytes(
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

/** The content of a stand-in. If it cannot be read, the search goes on, but it was not complete. */
async function storedContent(
  stores: ContentStores,
  standIn: StandIn | undefined,
  examine: () => Examiner,
  tally: Tally,
): Promise<StoredContent | undefined> {
  if (standIn === undefined) return undefined;
  try {
    return await stores.find(standIn, examine);
  } catch (error) {
    if (tally.errors.length < MAX_ERRORS)
      tally.errors.push(`${describeStandIn(standIn)}: ${messageOf(error)}`);
    return undefined;
  }
}

/** The versions of one sidecar: each is a stand-in at the path of its file, and may lead to a stored content. */
async function readSidecars(
  versions: readonly Version[],
  { blobs, hits, stores }: { blobs: VerifiedBlobs; hits: HitsOfRepository; stores: ContentStores },
  { query, onHit, tally }: GitSearch,
): Promise<void> {
  for (const [i, version] of versions.entries()) {
    const path = version.path + SIDECAR_SUFFIX;
    const read = await blobs.read({ ...version, path }, () => query.examine(path));
    if (read.kind === 'unusable') {
      if (tally.errors.length < MAX_ERRORS) tally.errors.push(`${path}: ${read.message}`);
      continue;
    }
    const standIn = version.link ? undefined : statedBySidecar(read.standIn, basename(path));
    if (standIn === undefined) continue;
    const newer = i === 0 ? undefined : versions[0];
    onHit(hits.ofSidecar(version, newer, read.content));
    const stored = await storedContent(stores, standIn, () => query.examine(version.path), tally);
    if (stored !== undefined) onHit(hits.ofStored(version, newer, stored));
  }
}
