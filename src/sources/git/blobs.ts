import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { finished, spawnGit } from './run-git.js';

/** The content of a blob as a stream. Read it to its end before opening the next one. */
export interface Blob {
  sizeBytes: number;
  body: AsyncIterable<Uint8Array>;
}

/** A blob that cannot be used: it is missing, or its content does not match its id. The others are not affected. */
export class UnusableBlob extends Error {}

/** Reads blobs through one `git cat-file --batch`. */
export class BlobReader {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #done: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(repository: string) {
    this.#child = spawnGit(repository, ['cat-file', '--batch']);
    this.#done = finished(this.#child);
    this.#done.catch(() => undefined);
    this.#child.stdin.on('error', () => undefined);
    this.#chunks = this.#child.stdout[Symbol.asyncIterator]();
  }

  /** @throws UnusableBlob if the repository has no such blob */
  async open(id: string): Promise<Blob> {
    if (!/^[0-9a-f]{40,64}$/.test(id)) throw new Error(`not a blob: ${id}`);
    this.#child.stdin.write(`${id}\n`);
    const header = await this.#line();
    const found = /^[0-9a-f]+ blob (\d+)$/.exec(header);
    // Nothing follows this answer, so the next one can be read.
    if (/^[0-9a-f]+ missing$/.test(header))
      throw new UnusableBlob(`blob ${id} is missing from the repository`);
    if (found === null) throw new Error(`git: ${header}`);
    const sizeBytes = Number(found[1]);
    return { sizeBytes, body: this.#body(sizeBytes) };
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#chunks.return?.();
    this.#child.stdout.destroy();
    await this.#done.catch(() => undefined);
  }

  async *#body(sizeBytes: number): AsyncGenerator<Uint8Array> {
    let left = sizeBytes;
    const take = async (): Promise<Buffer> => {
      const piece = (await this.#more()).subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      return piece;
    };
    try {
      while (left > 0) yield await take();
    } finally {
      // If the caller stops early, drain the rest so that it is not taken for the next answer.
      while (left > 0) await take();
      await this.#line();
    }
  }

  async #line(): Promise<string> {
    let text = '';
    for (;;) {
      const bytes = await this.#more();
      const end = bytes.indexOf(0x0a);
      text += bytes.toString('latin1', 0, end < 0 ? bytes.length : end);
      this.#rest = bytes.subarray(end < 0 ? bytes.length : end + 1);
      if (end >= 0) return text;
    }
  }

  async #more(): Promise<Buffer> {
    if (this.#rest.length > 0) return this.#rest;
    const next = await this.#chunks.next();
    if (next.done === true) {
      await this.#done;
      throw new Error('git ended early');
    }
    this.#rest = next.value;
    return this.#rest;
  }
}
