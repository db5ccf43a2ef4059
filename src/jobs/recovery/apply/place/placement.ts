import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, unlink } from 'node:fs/promises';
import { Failure } from '../../../../core/failure.js';
import { type CheckResult, checkContent } from '../../evidence/content/check.js';
import { Sampler } from '../../evidence/content/sample.js';
import { basenameOf } from '../../evidence/expected.js';
import type { ContentSink } from '../../source-port.js';
import { codeOf, failure, OpenDirectory } from './open-directory.js';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** The owner writes, the group reads. */
const MODE = 0o640;

/** A file that stands in its place. */
export interface Placed {
  sizeBytes: number;
  mtimeUs: bigint;
  /** It stood there before, with this content. */
  already: boolean;
}

/**
 * Puts one file in its place: written to a draft beside it, synced, and only then, when whoever asked says that the
 * content is right, linked under its name, which can't replace anything. The draft's name is the same whenever the
 * same file is placed, so a run that was killed leaves nothing that the next one does not take away.
 */
export class Placement implements ContentSink {
  private readonly hash = createHash('sha256');
  private sampler = new Sampler();
  private checked: CheckResult | undefined;
  private directory: OpenDirectory | undefined;
  private draft: FileHandle | undefined;
  private written: { sha256: string; sizeBytes: number } | undefined;
  private linked: { dev: bigint; ino: bigint } | undefined;
  private sizeBytes = 0;

  /**
   * @param relative below the root; its directories are made
   * @param draftName a name that only this file has
   */
  constructor(
    private readonly root: string,
    private readonly relative: string,
    private readonly draftName: string,
  ) {}

  /** What the content is, by its structure; once it was written to its end. */
  get check(): CheckResult {
    return this.checked ?? { state: 'unknown', format: 'any', reason: 'it was not read to its end' };
  }

  async write(chunk: Uint8Array): Promise<void> {
    const draft = await this.openDraft();
    this.hash.update(chunk);
    this.sampler.push(chunk);
    this.sizeBytes += chunk.length;
    try {
      await draft.writeFile(chunk);
    } catch (error) {
      throw failure(this.relative, error);
    }
  }

  /** Holds nothing open and no bytes in memory: many contents of one archive may wait for its end together. */
  async end(): Promise<{ sha256: string; sizeBytes: number }> {
    const draft = await this.openDraft();
    try {
      await draft.chmod(MODE);
      await draft.sync();
    } catch (error) {
      throw failure(this.relative, error);
    }
    this.written = { sha256: this.hash.digest('hex'), sizeBytes: this.sizeBytes };
    this.checked = checkContent(basenameOf(this.relative), this.sampler.sample());
    this.sampler = new Sampler();
    await this.close();
    return this.written;
  }

  /**
   * Gives the content its name. A file that stands there already with this content is as good.
   * @throws Failure `destination.exists`, `destination.unsafe`, `destination.failed`
   */
  async place(): Promise<Placed> {
    const { written } = this;
    if (written === undefined) throw new Error('nothing was written');
    const directory = await OpenDirectory.of(this.root, this.relative);
    this.directory = directory;
    const name = basenameOf(this.relative);
    const already = await this.linkTo(directory, name);
    if (already) await this.requireSame(directory, name, written.sha256);
    await unlink(directory.child(this.draftName)).catch(() => undefined);
    await directory.sync();
    const stats = await lstat(directory.child(name), { bigint: true });
    if (!already) this.linked = { dev: stats.dev, ino: stats.ino };
    return { sizeBytes: written.sizeBytes, mtimeUs: stats.mtimeNs / 1000n, already };
  }

  /** Takes away a file that was placed by this object and that nothing refers to after all. */
  async withdraw(): Promise<void> {
    if (this.directory === undefined || this.linked === undefined) return;
    const name = this.directory.child(basenameOf(this.relative));
    const stats = await lstat(name, { bigint: true }).catch(() => undefined);
    if (stats?.dev === this.linked.dev && stats.ino === this.linked.ino) await unlink(name);
    this.linked = undefined;
  }

  async abort(): Promise<void> {
    if (this.directory === undefined && this.written !== undefined) {
      this.directory = await OpenDirectory.of(this.root, this.relative).catch(() => undefined);
    }
    if (this.directory !== undefined)
      await unlink(this.directory.child(this.draftName)).catch(() => undefined);
    await this.close();
  }

  async close(): Promise<void> {
    const { draft, directory } = this;
    this.draft = undefined;
    this.directory = undefined;
    await draft?.close().catch(() => undefined);
    await directory?.close().catch(() => undefined);
  }

  private async openDraft(): Promise<FileHandle> {
    if (this.draft !== undefined) return this.draft;
    this.directory ??= await OpenDirectory.of(this.root, this.relative);
    const path = this.directory.child(this.draftName);
    await unlink(path).catch(() => undefined);
    try {
      this.draft = await open(path, CREATE, MODE);
    } catch (error) {
      throw failure(this.relative, error);
    }
    return this.draft;
  }

  private async linkTo(directory: OpenDirectory, name: string): Promise<boolean> {
    try {
      await link(directory.child(this.draftName), directory.child(name));
      return false;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return true;
      throw failure(this.relative, error);
    }
  }

  private async requireSame(directory: OpenDirectory, name: string, sha256: string): Promise<void> {
    const exists = new Failure(
      'destination.exists',
      `${this.relative}: another file stands there, and nothing is replaced`,
      {
        hint: "look at it, and move it away when it is not the artifact's",
      },
    );
    const file = await open(directory.child(name), READ).catch(() => {
      throw exists;
    });
    try {
      if (!(await file.stat()).isFile() || (await digestOf(file)) !== sha256) throw exists;
    } finally {
      await file.close();
    }
  }
}

async function digestOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
