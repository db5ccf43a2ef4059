import { timeText } from '../../core/iso-time.js';
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
import { copiedExtraction, copyTo, failedExtraction, hashAndExamine, messageOf } from '../hashing.js';
import { sourceReport } from '../source-report.js';
import { BlobReader } from './blobs.js';
import { readHistory, type Version } from './history.js';
import { copyLfs, searchLfs } from './lfs.js';
import { gitOutput } from './run-git.js';
import { VersionsByPath } from './versions.js';

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
    const day = timeText(version.committedAt * 1000).slice(0, 10);
    const commit = version.commit.slice(0, 12);
    return {
      source: this.name,
      kind: this.kind,
      object: this.repository,
      version: version.blob,
      member: version.path,
      paths: [version.path],
      mtime: timeText(version.committedAt * 1000),
      ...content,
      ...(newer === undefined ? {} : { superseded: `by commit ${newer.commit.slice(0, 12)}` }),
      history: version.deleted ? `deleted in commit ${commit} on ${day}` : `committed in ${commit} on ${day}`,
      age: version.committedAt * 1000,
      locator: { blob: version.blob },
    };
  }

  private async lookInLfs(query: Query, onHit: (hit: Hit) => void): Promise<void> {
    for await (const { objects, digest, path, sizeBytes, examined, mtimeMs } of searchLfs(
      this.repository,
      query,
    )) {
      onHit({
        source: this.name,
        kind: this.kind,
        object: objects,
        version: digest,
        member: path,
        paths: [path],
        sha256: digest,
        sizeBytes,
        examined,
        age: mtimeMs,
        history: 'in the store of Git LFS',
        locator: { objects, path },
      });
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
      const copied =
        blob === undefined
          ? await copyLfs(String(objects), String(path), open(one))
          : await copyTo((await blobs.open(String(blob))).body, open(one));
      return copiedExtraction(one, copied);
    } catch (error) {
      return failedExtraction(one.id, error);
    }
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
