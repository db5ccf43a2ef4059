import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../core/failure.js';
import { type ContentSample, Sampler } from '../evidence/content/sample.js';
import type { ContentSink } from '../source-port.js';

/** A content in the cache. */
export interface CachedContent {
  path: string;
  sha256: string;
  sizeBytes: number;
  sample: ContentSample;
}

/**
 * Contents that were read while planning, beside the plan, named by their digests. Bounded: what does not fit is not
 * kept, and its row waits for a person. Whoever takes a content out checks its digest again.
 */
export class ContentCache {
  #bytes = 0;
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

  /** Whether a content of this size would still fit. */
  fits(sizeBytes: number): boolean {
    return this.#bytes + sizeBytes <= this.#maxBytes;
  }

  /** A sink for one content; `onKept` is told of it once it is whole. */
  open(onKept: (content: CachedContent) => void): ContentSink {
    this.#drafts += 1;
    return new CacheSink(join(this.directory, `.draft-${process.pid}-${this.#drafts}`), this, onKept);
  }

  /** @throws Failure `cache.full` */
  take(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) {
      throw new Failure('cache.full', `the cache of contents is full (${this.#maxBytes} bytes)`);
    }
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
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
    await (await this.#handle()).writeFile(chunk);
  }

  async end(): Promise<{ sha256: string; sizeBytes: number }> {
    const sha256 = this.#hash.digest('hex');
    const file = await this.#handle();
    await file.close();
    await rename(this.#draft, this.#cache.pathOf(sha256));
    const content = { sha256, sizeBytes: this.#sizeBytes };
    this.#onKept({ ...content, path: this.#cache.pathOf(sha256), sample: this.#sampler.sample() });
    return content;
  }

  async abort(): Promise<void> {
    this.#cache.giveBack(this.#sizeBytes);
    await this.#file?.close().catch(() => undefined);
    await rm(this.#draft, { force: true });
  }

  async #handle(): Promise<Awaited<ReturnType<typeof open>>> {
    if (this.#file === undefined) {
      await mkdir(this.#cache.directory, { recursive: true, mode: 0o700 });
      this.#file = await open(this.#draft, 'w', 0o600);
    }
    return this.#file;
  }
}
