import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, unlink } from 'node:fs/promises';
import { isHole } from '../../../../archive/holes.js';
import { Failure } from '../../../../core/failure.js';
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

/** A file in its place. */
export interface Placed {
  sizeBytes: number;
  mtimeUs: bigint;
  /** It was there before, with this content. */
  already: boolean;
}

/** A draft that is whole: what the file will be once it has its name. */
export interface Draft {
  inode: string;
  mtimeUs: bigint;
  sizeBytes: number;
  sha256: string;
}

/** A stand-in that may be moved out of the way, and where to. Paths are relative to the root. */
interface StandInPlace {
  sha256: string;
  kept: string;
}

export interface PlaceTarget {
  /** Absolute. */
  root: string;
  /** Below the root; its directories are created. */
  relative: string;
  /** In the same directory; a name that only this file has. */
  draftName: string;
  access: AccessRules;
  /** To be computed besides the SHA-256. */
  algorithms?: readonly DigestAlgorithm[] | undefined;
  /** The stand-in that is expected under the name. */
  standIn?: StandInPlace | undefined;
}

/**
 * Puts one file in its place: written to a draft in the same directory, synced, and only then, when the caller says
 * that the content is right, given its name, which can replace nothing but the stand-in that was there when it was
 * planned; that one is moved to the quarantine first. The to-do that was recorded before knows the draft's name, so
 * what a killed run leaves is found.
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
  /** Set when the file could not be given the group that its directory or the configuration has. */
  lacksGroup = false;
  readonly #target: PlaceTarget;

  constructor(target: PlaceTarget) {
    this.#target = target;
    const wanted = new Set(target.algorithms ?? []);
    this.#others = new Map([...wanted].map((algorithm) => [algorithm, createHash(algorithm)]));
  }

  /** The digests that were asked for besides the SHA-256; once the content was written to its end. */
  get digests(): ReadonlyMap<DigestAlgorithm, string> {
    return this.#digests;
  }

  /** What the content is, by its structure; once it was written to its end. */
  get check(): CheckResult {
    return this.#checked ?? { state: 'unknown', format: 'any', reason: 'it was not read to its end' };
  }

  /** @throws Error before the content was written to its end */
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
      // A hole of a sparse member stays one: the file only becomes longer.
      if (isHole(chunk)) await draft.truncate(this.#sizeBytes);
      else await writeAt(draft, chunk, at);
    } catch (error) {
      throw failure(this.#target.relative, error);
    }
  }

  /** Holds nothing open and no bytes in memory: many contents of one archive may wait for its end together. */
  async end(): Promise<{ sha256: string; sizeBytes: number }> {
    const draft = await this.#openDraft();
    try {
      await this.#share(draft);
      await draft.sync();
      const stats = await draft.stat({ bigint: true });
      this.#written = {
        inode: String(stats.ino),
        mtimeUs: stats.mtimeNs / 1000n,
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
   * Gives the content its name. A file that has the name already and this content is as good.
   * @throws Failure `destination.exists`, `destination.unsafe`, `destination.failed`, `row.changed` for another stand-in
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
    return { sizeBytes, mtimeUs: stats.mtimeNs / 1000n, already: true };
  }

  /** Removes a file that this object placed and that nothing refers to after all; puts the stand-in back. */
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

  /** Mode and group before the file has its name: nobody ever sees it with others. */
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
      throw new Failure('row.changed', `${relative}: the stand-in is not what it was when the plan was made`);
    }
    await moveFile(root, relative, standIn.kept);
  }

  async #requireSame(sha256: string): Promise<void> {
    const { root, relative } = this.#target;
    if ((await fileAt(root, relative))?.sha256 === sha256) return;
    throw new Failure(
      'destination.exists',
      `${relative}: another file is there already, and nothing is replaced`,
      { hint: "look at it, and move it away if it is not the artifact's" },
    );
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
