import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../core/failure.js';
import { counted } from '../../../core/pluralize.js';
import { isProcessAlive } from '../../../core/process-alive.js';
import { type ContentSample, Sampler } from '../evidence/content/sample.js';
import type { ContentSink } from '../source-port.js';
import { MEMORY_FILE } from './plan-memory.js';

/** Contents are read in pieces of this size. */
const READ_BYTES = 1024 * 1024;

/** A content in the cache. */
export interface CachedContent {
  path: string;
  sha256: string;
  sizeBytes: number;
  sample: ContentSample;
}

/**
 * Contents that were read during planning, stored next to the plan under their digests. The size is limited: a content
 * that does not fit is not kept, and its row needs a decision. Contents of earlier plans are evicted when space is
 * needed, least recently used first. Readers check the digest again.
 */
export class ContentCache {
  /** Bytes of this plan and of earlier ones. */
  #bytes = 0;
  #inheritedBytes = 0;
  /** Files of earlier plans, least recently used first. */
  readonly #inherited = new Map<string, number>();
  #drafts = 0;
  readonly directory: string;
  readonly #maxBytes: number;

  constructor(directory: string, maxBytes: number) {
    this.directory = directory;
    this.#maxBytes = maxBytes;
  }

  pathOf(sha256: string): string {
    return join(this.directory, sha256);
  }

  async has(sha256: string): Promise<boolean> {
    return (await stat(this.pathOf(sha256)).catch(() => undefined))?.isFile() === true;
  }

  read(sha256: string): AsyncIterable<Uint8Array> {
    return createReadStream(this.pathOf(sha256), { highWaterMark: READ_BYTES });
  }

  /** Whether a content of this size would still fit. */
  fits(sizeBytes: number): boolean {
    return this.#bytes + sizeBytes <= this.#maxBytes;
  }

  /** A sink for one content; calls `onKept` when the content is complete. */
  open(onKept: (content: CachedContent) => void): ContentSink {
    this.#drafts += 1;
    return new CacheSink(join(this.directory, `.draft-${process.pid}-${this.#drafts}`), this, onKept);
  }

  /** Takes over the contents of earlier plans and removes the drafts of killed ones. */
  async inherit(): Promise<void> {
    const names = await readdir(this.directory).catch(() => []);
    const files: { name: string; bytes: number; usedMs: number }[] = [];
    for (const name of names) {
      const stats = await lstat(join(this.directory, name)).catch(() => undefined);
      if (stats?.isFile() !== true) continue;
      // It says what is in the cache, and what is not needed there.
      if (name === MEMORY_FILE) continue;
      if (isAbandonedDraft(name)) await rm(join(this.directory, name), { force: true });
      else if (!name.startsWith('.draft-')) files.push({ name, bytes: stats.size, usedMs: stats.mtimeMs });
    }
    for (const { name, bytes } of files.sort((a, b) => a.usedMs - b.usedMs)) {
      this.#inherited.set(name, bytes);
      this.#inheritedBytes += bytes;
    }
    this.#makeRoom();
  }

  /** Marks a content of an earlier plan as used by this one, so that it is evicted last. */
  claim(sha256: string): void {
    const bytes = this.#inherited.get(sha256);
    if (bytes === undefined) return;
    this.#inherited.delete(sha256);
    this.#inheritedBytes -= bytes;
    this.#bytes += bytes;
    const now = new Date();
    utimes(this.pathOf(sha256), now, now).catch(() => undefined);
  }

  /** Replaces an inherited content with this plan's own copy. */
  renew(sha256: string): void {
    this.#inheritedBytes -= this.#inherited.get(sha256) ?? 0;
    this.#inherited.delete(sha256);
  }

  #makeRoom(): void {
    for (const [name, bytes] of this.#inherited) {
      if (this.#bytes + this.#inheritedBytes <= this.#maxBytes) return;
      rmSync(join(this.directory, name), { force: true });
      this.#inherited.delete(name);
      this.#inheritedBytes -= bytes;
    }
  }

  /** @throws Failure `cache.full` */
  take(bytes: number): void {
    this.#bytes += bytes;
    this.#makeRoom();
    if (this.#bytes > this.#maxBytes) {
      throw new Failure('cache.full', `the content cache is full (${counted(this.#maxBytes, 'byte')})`);
    }
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** Whether a draft belongs to a process that has ended. */
function isAbandonedDraft(name: string): boolean {
  const pid = Number(/^\.draft-(\d+)-\d+$/.exec(name)?.[1]);
  return !Number.isNaN(pid) && !isProcessAlive(pid);
}

class CacheSink implements ContentSink {
  readonly #hash = createHash('sha256');
  readonly #sampler = new Sampler();
  #sizeBytes = 0;
  #file: Awaited<ReturnType<typeof open>> | undefined;
  readonly #draft: string;
  readonly #cache: ContentCache;
  readonly #onKept: (content: CachedContent) => void;

  constructor(draft: string, cache: ContentCache, onKept: (content: CachedContent) => void) {
    this.#draft = draft;
    this.#cache = cache;
    this.#onKept = onKept;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#cache.take(chunk.length);
    this.#sizeBytes += chunk.length;
    this.#hash.update(chunk);
    this.#sampler.push(chunk);
    await this.#written(async () => (await this.#handle()).writeFile(chunk));
  }

  async end(): Promise<{ sha256: string; sizeBytes: number }> {
    const sha256 = this.#hash.digest('hex');
    await this.#written(async () => {
      const file = await this.#handle();
      await file.close();
      await rename(this.#draft, this.#cache.pathOf(sha256));
    });
    this.#cache.renew(sha256);
    const content = { sha256, sizeBytes: this.#sizeBytes };
    this.#onKept({ ...content, path: this.#cache.pathOf(sha256), sample: this.#sampler.sample() });
    return content;
  }

  async abort(): Promise<void> {
    this.#cache.giveBack(this.#sizeBytes);
    await this.#file?.close().catch(() => undefined);
    await rm(this.#draft, { force: true });
  }

  /** A disk that is full says nothing about the content. @throws Failure `cache.full` */
  async #written(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Failure('cache.full', `the content cache cannot be written: ${reason}`);
    }
  }

  async #handle(): Promise<Awaited<ReturnType<typeof open>>> {
    if (this.#file === undefined) {
      await mkdir(this.#cache.directory, { recursive: true, mode: 0o700 });
      this.#file = await open(this.#draft, 'w', 0o600);
    }
    return this.#file;
  }
}
