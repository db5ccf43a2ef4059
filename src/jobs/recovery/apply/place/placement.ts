import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, unlink } from 'node:fs/promises';
import { isHole } from '../../../../archive/holes.js';
import { Failure } from '../../../../core/failure.js';
import { toMicroseconds } from '../../../../core/file-time.js';
import type { DigestAlgorithm } from '../../../../core/recorded-digest.js';
import { type CheckResult, checkContent } from '../../evidence/content/check.js';
import { Sampler } from '../../evidence/content/sample.js';
import { basenameOf } from '../../evidence/expected.js';
import type { ContentSink } from '../../source-port.js';
import { type AccessRules, fileModeIn, grantAccess } from './access.js';
import { fileAt, moveFile, nodeAt } from './files.js';
import { giveName } from './give-name.js';
import { codeOf, failure, OpenDirectory } from './open-directory.js';
import { standInAt } from './stand-in-place.js';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A placed file. */
export interface Placed {
  sizeBytes: number;
  mtimeUs: bigint;
  /** Whether a file with this content already existed there. */
  already: boolean;
}

/** A complete draft, to be renamed to the final file. */
export interface Draft {
  inode: string;
  mtimeUs: bigint;
  sizeBytes: number;
  sha256: string;
}

/** A stand-in that may be moved away, and where to. Paths are relative to the root. */
interface StandInPlace {
  sha256: string;
  kept: string;
}

export interface PlaceTarget {
  /** Absolute. */
  root: string;
  /** Below the root; its directories are created. */
  relative: string;
  /** A unique name in the same directory. */
  draftName: string;
  access: AccessRules;
  /** Digests to compute in addition to the SHA-256. */
  algorithms?: readonly DigestAlgorithm[] | undefined;
  /** The stand-in expected at the destination. */
  standIn?: StandInPlace | undefined;
}

/**
 * Places one file. The content is written to a draft in the same directory and synced. Once the caller confirms the
 * content, the draft gets its final name. Nothing is replaced except the stand-in that was there at planning time, and
 * that is moved to the quarantine first. The to-do recorded beforehand names the draft, so the leftovers of a killed
 * run can be found.
 */
export class Placement implements ContentSink {
  readonly #hash = createHash('sha256');
  readonly #others: ReadonlyMap<DigestAlgorithm, Hash>;
  #sampler = new Sampler();
  #checked: CheckResult | undefined;
  #directory: OpenDirectory | undefined;
  #draft: FileHandle | undefined;
  #written: Draft | undefined;
  #digests: ReadonlyMap<DigestAlgorithm, string> = new Map();
  #isPlaced = false;
  #sizeBytes = 0;
  /** Set when the file could not get the group of its directory or of the configuration. */
  lacksGroup = false;
  readonly #target: PlaceTarget;

  constructor(target: PlaceTarget) {
    this.#target = target;
    const wanted = new Set(target.algorithms ?? []);
    this.#others = new Map([...wanted].map((algorithm) => [algorithm, createHash(algorithm)]));
  }

  /** The additional digests that were requested, once the whole content is written. */
  get digests(): ReadonlyMap<DigestAlgorithm, string> {
    return this.#digests;
  }

  /** The result of the content check, once the whole content is written. */
  get check(): CheckResult {
    return this.#checked ?? { state: 'unknown', format: 'any', reason: 'it was not read completely' };
  }

  /** @throws Error before the whole content is written */
  get draftState(): Draft {
    if (this.#written === undefined) throw new Error('nothing was written');
    return this.#written;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const draft = await this.#openDraft();
    this.#hash.update(chunk);
    for (const hash of this.#others.values()) hash.update(chunk);
    this.#sampler.push(chunk);
    const at = this.#sizeBytes;
    this.#sizeBytes += chunk.length;
    try {
      // A hole in a sparse member stays a hole: only the file size grows.
      if (isHole(chunk)) await draft.truncate(this.#sizeBytes);
      else await writeAt(draft, chunk, at);
    } catch (error) {
      throw failure(this.#target.relative, error);
    }
  }

  /** Closes the file and frees its memory: many contents of one archive may wait for the end of the archive. */
  async end(): Promise<{ sha256: string; sizeBytes: number }> {
    const draft = await this.#openDraft();
    try {
      await this.#share(draft);
      await draft.sync();
      const stats = await draft.stat({ bigint: true });
      this.#written = {
        inode: String(stats.ino),
        mtimeUs: toMicroseconds(stats.mtimeNs),
        sha256: this.#hash.digest('hex'),
        sizeBytes: this.#sizeBytes,
      };
    } catch (error) {
      throw failure(this.#target.relative, error);
    }
    this.#digests = new Map([...this.#others].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
    this.#checked = checkContent(basenameOf(this.#target.relative), this.#sampler.sample());
    this.#sampler = new Sampler();
    await this.close();
    return { sha256: this.#written.sha256, sizeBytes: this.#sizeBytes };
  }

  /**
   * Gives the content its final name. An existing file with the same content counts as placed.
   * @throws Failure `destination.exists`, `destination.unsafe`, `destination.failed`, `row.changed` if the stand-in is
   * a different one
   */
  async place(): Promise<Placed> {
    const { relative } = this.#target;
    const { sizeBytes, mtimeUs, sha256 } = this.draftState;
    await this.#moveStandIn();
    const directory = await OpenDirectory.of(this.#target.root, relative);
    this.#directory = directory;
    const name = directory.child(basenameOf(relative));
    try {
      await giveName(directory.child(this.#target.draftName), name);
      this.#isPlaced = true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw failure(relative, error);
      await this.#requireSame(sha256);
      await unlink(directory.child(this.#target.draftName)).catch(() => undefined);
    }
    await directory.sync();
    if (this.#isPlaced) return { sizeBytes, mtimeUs, already: false };
    const stats = await lstat(name, { bigint: true });
    return { sizeBytes, mtimeUs: toMicroseconds(stats.mtimeNs), already: true };
  }

  /** Removes a placed file that nothing refers to after all, and restores the stand-in. */
  async withdraw(): Promise<void> {
    const { root, relative, standIn } = this.#target;
    if (this.#isPlaced) {
      this.#isPlaced = false;
      const there = await nodeAt(root, relative);
      const directory = await OpenDirectory.of(root, relative);
      try {
        if (there?.inode === this.draftState.inode) await unlink(directory.child(basenameOf(relative)));
      } finally {
        await directory.close();
      }
    }
    if (standIn === undefined || (await nodeAt(root, standIn.kept)) === undefined) return;
    await moveFile(root, standIn.kept, relative);
  }

  async abort(): Promise<void> {
    if (this.#directory === undefined && this.#written !== undefined) {
      this.#directory = await OpenDirectory.of(this.#target.root, this.#target.relative).catch(
        () => undefined,
      );
    }
    if (this.#directory !== undefined)
      await unlink(this.#directory.child(this.#target.draftName)).catch(() => undefined);
    await this.close();
  }

  async close(): Promise<void> {
    const draft = this.#draft;
    const directory = this.#directory;
    this.#draft = undefined;
    this.#directory = undefined;
    await draft?.close().catch(() => undefined);
    await directory?.close().catch(() => undefined);
  }

  async #openDraft(): Promise<FileHandle> {
    if (this.#draft !== undefined) return this.#draft;
    const { root, relative, access } = this.#target;
    this.#directory ??= await OpenDirectory.of(root, relative, { access });
    const path = this.#directory.child(this.#target.draftName);
    await unlink(path).catch(() => undefined);
    try {
      this.#draft = await open(path, CREATE, 0o600);
    } catch (error) {
      throw failure(relative, error);
    }
    return this.#draft;
  }

  /** Sets mode and group before the file gets its name, so that it never appears with other permissions. */
  async #share(draft: FileHandle): Promise<void> {
    const { access } = this.#target;
    const directory = await this.#directory?.stats();
    if (directory === undefined) throw new Error('the draft has no directory');
    this.lacksGroup = !(await grantAccess(draft, fileModeIn(directory, access), directory, access));
  }

  async #moveStandIn(): Promise<void> {
    const { root, relative, standIn } = this.#target;
    if (standIn === undefined) return;
    const there = await standInAt(root, relative);
    if (there === undefined) return;
    if (there.sha256 !== standIn.sha256) {
      throw new Failure('row.changed', `${relative}: the stand-in has changed since the plan was made`);
    }
    await moveFile(root, relative, standIn.kept);
  }

  async #requireSame(sha256: string): Promise<void> {
    const { root, relative } = this.#target;
    if ((await fileAt(root, relative))?.sha256 === sha256) return;
    throw new Failure(
      'destination.exists',
      `${relative}: another file already exists there and was not replaced`,
      { hint: 'inspect the file, and move it away if it does not belong to the artifact' },
    );
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
