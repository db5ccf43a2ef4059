import { lstat, readlink } from 'node:fs/promises';
import { decodeName, encodeName } from '../../archive/names.js';
import { timeText } from '../../core/iso-time.js';
import { describeStandIn, standInOfLink } from '../../files/stand-in.js';
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
import { readOrRecall } from '../file-identity.js';
import { copiedExtraction, copyTo, failedExtraction, messageOf } from '../hashing.js';
import { sourceReport } from '../source-report.js';
import { openBeneath, readAll } from './open-beneath.js';
import { Sidecars } from './sidecars.js';
import { expandBases, pathBelow, walkFiles } from './walk.js';

/** At most this many errors are kept; the rest are only counted. */
const MAX_ERRORS = 100;

/** A directory, or all directories that a glob matches: worktrees, a checkout, an old disk. */
export class DirectorySource implements Source {
  readonly kind = 'directory';
  readonly name: string;

  readonly #pattern: string;

  constructor(
    pattern: string,
    readonly trust: Trust = 'bind',
  ) {
    this.#pattern = pattern;
    this.name = `directory ${pattern}`;
  }

  async search(query: Query, onHit: (hit: Hit) => void, signal?: AbortSignal): Promise<SourceReport> {
    const errors: string[] = [];
    let bases: string[];
    try {
      bases = await expandBases(this.#pattern);
    } catch (error) {
      errors.push(messageOf(error));
      return sourceReport(this, 'failed', 'the directory does not exist or cannot be read', {
        files: 0,
        errors,
      });
    }
    let files = 0;
    for (const base of bases) files += await this.#searchBase(base, query, { onHit, errors }, signal);
    const scope = `all regular files in ${bases.length} director${bases.length === 1 ? 'y' : 'ies'}`;
    // An unreadable part may contain the file.
    return errors.length === 0
      ? sourceReport(this, 'complete', scope, { files, errors })
      : sourceReport(this, 'failed', `${scope}, but some could not be read`, { files, errors });
  }

  async #searchBase(
    base: string,
    query: Query,
    { onHit, errors }: { onHit: (hit: Hit) => void; errors: string[] },
    signal: AbortSignal | undefined,
  ): Promise<number> {
    let files = 0;
    const trouble = (path: string, message: string): void => {
      if (errors.length < MAX_ERRORS) errors.push(`${path}: ${message}`);
    };
    const sidecars = new Sidecars(this.name, base, query);
    const walk = walkFiles(base, (one) => trouble(one.path, one.message), signal);
    for await (const { relative, isLink } of walk) {
      const path = decodeName(relative);
      try {
        if (isLink) {
          const link = query.wants(path) ? await this.#link(base, relative, path) : undefined;
          if (link !== undefined) onHit(link);
          continue;
        }
        files += 1;
        if (sidecars.isOne(path)) for (const hit of await sidecars.hits(relative, path)) onHit(hit);
        const read = query.wants(path) || (await hasWantedSize(base, relative, query.sizes));
        const hit = read ? await this.#look(base, relative, path, query) : undefined;
        // A file with a wanted size but another content may still have a similar name.
        const other = hit === undefined && query.isHint(path);
        const found = other ? await this.#hint(base, relative, path) : hit;
        if (found !== undefined) onHit(found);
      } catch (error) {
        if (!isGone(error)) trouble(`${base}/${path}`, messageOf(error));
      }
    }
    try {
      for (const hit of await sidecars.ofRoot()) onHit(hit);
    } catch (error) {
      trouble(base, messageOf(error));
    }
    return files;
  }

  /** Reads a file with a wanted name or size. A size alone counts only if the digest matches. */
  async #look(base: string, relative: Buffer, path: string, query: Query): Promise<Hit | undefined> {
    const file = await openBeneath(base, relative);
    if (file === undefined) return undefined;
    try {
      const before = await file.stat({ bigint: true });
      const named = query.wants(path);
      if (!named && !query.sizes.has(Number(before.size))) return undefined;
      const read = {
        place: JSON.stringify([base, path]),
        body: () => readAll(file),
        examiner: () => query.examine(path),
      };
      const content = await readOrRecall(file, read, query.memory);
      if (content === undefined || (!named && !query.digests.has(content.sha256))) return undefined;
      return { ...this.#hitAt(base, path, Number(before.mtimeMs)), ...content };
    } finally {
      await file.close();
    }
  }

  /** A git-annex link states its content; it is not followed. Other links are ignored. */
  async #link(base: string, relative: Buffer, path: string): Promise<Hit | undefined> {
    const whole = pathBelow(base, relative);
    const target = await readlink(whole);
    const standIn = standInOfLink(target);
    if (standIn === undefined) return undefined;
    const { mtimeMs } = await lstat(whole);
    return {
      ...this.#hitAt(base, path, Math.floor(mtimeMs)),
      version: `link to ${target}`,
      examined: { state: 'fail', reason: `it is ${describeStandIn(standIn)}, not the file`, standIn },
    };
  }

  /**
   * A place with a similar name, reported without reading it. If the file changes, it becomes a different candidate.
   */
  async #hint(base: string, relative: Buffer, path: string): Promise<Hit | undefined> {
    const stats = await lstat(pathBelow(base, relative), { bigint: true });
    if (!stats.isFile()) return undefined;
    return {
      ...this.#hitAt(base, path, Number(stats.mtimeMs)),
      version: `mtime ${stats.mtimeNs}`,
      sizeBytes: Number(stats.size),
      hint: true,
    };
  }

  #hitAt(base: string, path: string, mtimeMs: number): Hit {
    return {
      source: this.name,
      kind: this.kind,
      object: base,
      member: path,
      paths: [path],
      mtime: timeText(mtimeMs),
      age: mtimeMs,
      locator: { base, path },
    };
  }

  async extract(
    wanted: readonly Wanted[],
    open: (wanted: Wanted) => ContentSink,
    onOutcome: (outcome: Extraction) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<ExtractionSummary> {
    for (const one of wanted) {
      signal?.throwIfAborted();
      await onOutcome(await this.#copy(one, open));
    }
    return { bytesFetched: 0, archivesRead: [] };
  }

  async #copy(one: Wanted, open: (wanted: Wanted) => ContentSink): Promise<Extraction> {
    const { base, path } = one.hit.locator;
    try {
      const file = await openBeneath(String(base), Buffer.from(encodeName(String(path))));
      if (file === undefined) throw new Error('it is no longer a regular file');
      try {
        return copiedExtraction(one, await copyTo(readAll(file), open(one)));
      } finally {
        await file.close();
      }
    } catch (error) {
      return failedExtraction(one.id, error);
    }
  }
}

/** Checks the size before opening a file: that alone rules out nearly every file. */
async function hasWantedSize(base: string, relative: Buffer, sizes: ReadonlySet<number>): Promise<boolean> {
  if (sizes.size === 0) return false;
  return sizes.has((await lstat(pathBelow(base, relative))).size);
}

/** Whether a file disappeared, or became a link, after it was listed. That is not an error. */
function isGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR';
}
