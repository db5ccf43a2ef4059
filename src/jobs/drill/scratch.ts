import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.js';

/** A private folder for restored contents. Each one is deleted before the next is written. */
export class Scratch {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Creates the folder, accessible only to its owner. @throws Failure `drill.scratch` */
  static async in(parent: string): Promise<Scratch> {
    return new Scratch(await local(mkdtemp(join(parent, 'salvor-drill-'))));
  }

  /** Writes a content to a file and returns the SHA-256 of the file as read back. @throws Failure `drill.scratch` */
  async restore(content: AsyncIterable<Uint8Array>, onChunk: (bytes: number) => void): Promise<string> {
    const hash = createHash('sha256');
    await this.pass(content, hash, onChunk);
    return hash.digest('hex');
  }

  /** Writes a content, or a part of one, to a file and hashes the file as read back. @throws Failure `drill.scratch` */
  async pass(
    content: AsyncIterable<Uint8Array>,
    hash: { update(bytes: Uint8Array): void },
    onChunk: (bytes: number) => void,
  ): Promise<void> {
    const path = join(this.#directory, 'content');
    const file = await local(open(path, 'wx', 0o600));
    try {
      try {
        for await (const chunk of content) {
          onChunk(chunk.length);
          await local(file.writeFile(chunk));
        }
      } finally {
        await file.close();
      }
      await local(readInto(path, hash));
    } finally {
      await rm(path, { force: true });
    }
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function readInto(path: string, hash: { update(bytes: Uint8Array): void }): Promise<void> {
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
}

async function local<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure('drill.scratch', `the scratch folder cannot be used: ${message}`, {
      hint: 'free space in the folder for temporary files, or set TMPDIR to another one',
      cause: error,
    });
  }
}
