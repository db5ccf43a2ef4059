import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type {
  ContentSink,
  Examined,
  Extraction,
  ExtractionSummary,
  Hit,
  Query,
  Source,
  SourceReport,
  Trust,
  Wanted,
} from '../../jobs/recovery/source-port.js';
import { openBeneath, readAll } from '../directory/open-beneath.js';
import { copyTo, failedExtraction, hashAndExamine, messageOf } from '../hashing.js';
import { sourceReport } from '../source-report.js';
import { BlobReader } from './blobs.js';
import { readHistory, type Version } from './history.js';
import { gitOutput } from './run-git.js';

/** Versions of wanted paths beyond these are left out, and the source is no longer complete. */
const MAX_VERSIONS = 100_000;
/** Of one path: a file that changed a thousand times is not found by reading each. */
const MAX_VERSIONS_OF_A_PATH = 1000;

/** Every version of a file that any commit of a repository holds, those deleted long ago included. */
export class GitSource implements Source {
  readonly kind = 'git';
  readonly name: string;

  constructor(
    private readonly repository: string,
    readonly trust: Trust = 'bind',
  ) {
    this.name = `git ${repository}`;
  }

  async search(query: Query, onHit: (hit: Hit) => void, signal?: AbortSignal): Promise<SourceReport> {
    let files = 0;
    try {
      await requireWholeHistory(this.repository);
      const found = new VersionsByPath();
      await readHistory(
        this.repository,
        (version) => {
          files += 1;
          if (query.wants(version.path)) found.add(version);
        },
        signal,
      );
      await this.look(found, query, onHit, signal);
      await this.lookInLfs(query, onHit);
      if (found.leftOut > 0) {
        return sourceReport(this, 'scoped', `every commit, ${found.leftOut} old versions left out`, {
          files,
          errors: [],
        });
      }
      return sourceReport(this, 'complete', 'every commit of every branch, tag and reflog', {
        files,
        errors: [],
      });
    } catch (error) {
      signal?.throwIfAborted();
      const errors = [messageOf(error)];
      return sourceReport(this, 'failed', 'the history could not be read', { files, errors });
    }
  }

  private async look(
    found: VersionsByPath,
    query: Query,
    onHit: (hit: Hit) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    if (found.size === 0) return;
    const blobs = new BlobReader(this.repository);
    try {
      for (const versions of found.paths()) {
        for (const [i, version] of versions.entries()) {
          signal?.throwIfAborted();
          const { body } = await blobs.open(version.blob);
          const content = await hashAndExamine(body, query.examine(version.path));
          onHit(this.hitOf(version, i === 0 ? undefined : versions[0], content));
        }
      }
    } finally {
      await blobs.close();
    }
  }

  private hitOf(
    version: Version,
    newer: Version | undefined,
    content: { sha256: string; sizeBytes: number; examined: Examined },
  ): Hit {
    const day = new Date(version.committedAt * 1000).toISOString().slice(0, 10);
    const commit = version.commit.slice(0, 12);
    return {
      source: this.name,
      kind: this.kind,
      object: this.repository,
      version: version.blob,
      member: version.path,
      paths: [version.path],
      mtime: new Date(version.committedAt * 1000).toISOString(),
      ...content,
      ...(newer === undefined ? {} : { superseded: `by commit ${newer.commit.slice(0, 12)}` }),
      history: version.deleted ? `deleted in commit ${commit} on ${day}` : `committed in ${commit} on ${day}`,
      age: version.committedAt * 1000,
      locator: { blob: version.blob },
    };
  }

  /** The store of Git LFS holds contents under their SHA-256, which a pointer has told us. */
  private async lookInLfs(query: Query, onHit: (hit: Hit) => void): Promise<void> {
    if (query.digests.size === 0) return;
    const common = await gitOutput(this.repository, ['rev-parse', '--git-common-dir']);
    const objects = join(isAbsolute(common) ? common : join(this.repository, common), 'lfs', 'objects');
    if (!(await readdir(objects).catch(() => undefined))) return;
    for (const digest of query.digests) {
      const path = `${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest}`;
      const file = await openBeneath(objects, Buffer.from(path)).catch(() => undefined);
      if (file === undefined) continue;
      try {
        const { mtimeMs } = await file.stat();
        const content = await hashAndExamine(readAll(file), query.examine(path));
        if (content.sha256 !== digest) continue;
        onHit({
          source: this.name,
          kind: this.kind,
          object: objects,
          version: digest,
          member: path,
          paths: [path],
          ...content,
          age: mtimeMs,
          history: 'in the store of Git LFS',
          locator: { objects, path },
        });
      } finally {
        await file.close();
      }
    }
  }

  async extract(
    wanted: readonly Wanted[],
    open: (wanted: Wanted) => ContentSink,
    onOutcome: (outcome: Extraction) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<ExtractionSummary> {
    const blobs = new BlobReader(this.repository);
    try {
      for (const one of wanted) {
        signal?.throwIfAborted();
        await onOutcome(await this.copy(one, blobs, open));
      }
    } finally {
      await blobs.close();
    }
    return { bytesFetched: 0, archivesRead: [] };
  }

  private async copy(
    one: Wanted,
    blobs: BlobReader,
    open: (wanted: Wanted) => ContentSink,
  ): Promise<Extraction> {
    const { blob, objects, path } = one.hit.locator;
    try {
      const { sha256, sizeBytes } =
        blob === undefined
          ? await copyLfs(String(objects), String(path), open(one))
          : await copyTo((await blobs.open(String(blob))).body, open(one));
      if (sha256 !== one.hit.sha256) {
        return {
          id: one.id,
          ok: false,
          code: 'candidate.changed',
          message: 'its content is not what it was when the plan was made',
        };
      }
      return { id: one.id, ok: true, sha256, sizeBytes, verifiedBy: 'sha256' };
    } catch (error) {
      return failedExtraction(one.id, error);
    }
  }
}

async function copyLfs(
  objects: string,
  path: string,
  sink: ContentSink,
): Promise<{ sha256: string; sizeBytes: number }> {
  const file = await openBeneath(objects, Buffer.from(path));
  if (file === undefined) throw new Error('it is no regular file any more');
  try {
    return await copyTo(readAll(file), sink);
  } finally {
    await file.close();
  }
}

/** A history that was cut short, or whose contents are elsewhere, can't say that something is not in it. */
async function requireWholeHistory(repository: string): Promise<void> {
  if ((await gitOutput(repository, ['rev-parse', '--is-shallow-repository'])) === 'true') {
    throw new Error('the repository is a shallow clone: its history is cut off');
  }
  const partial = await gitOutput(repository, [
    'config',
    '--get',
    '--default',
    '',
    'extensions.partialClone',
  ]);
  if (partial !== '') throw new Error(`the repository is a partial clone: contents are at ${partial}`);
}

/** The versions of each path, the newest first, each content once. */
class VersionsByPath {
  leftOut = 0;
  size = 0;
  private readonly byPath = new Map<string, Map<string, Version>>();

  add(version: Version): void {
    const versions = this.byPath.get(version.path) ?? new Map<string, Version>();
    this.byPath.set(version.path, versions);
    if (versions.has(version.blob)) return;
    if (versions.size >= MAX_VERSIONS_OF_A_PATH || this.size >= MAX_VERSIONS) {
      this.leftOut += 1;
      return;
    }
    versions.set(version.blob, version);
    this.size += 1;
  }

  *paths(): Generator<Version[]> {
    for (const versions of this.byPath.values()) yield [...versions.values()];
  }
}
