import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { plannedHit } from '../apply/planned-hit.js';
import type { ContentCache } from '../plan/content-cache.js';
import type { PlanCandidate } from '../plan/plan-document.js';
import type { ContentSink, Source } from '../source-port.js';

/** The beginning of a candidate's content. */
export interface Preview {
  bytes: Buffer;
  /** Whether this is the whole content. */
  isWhole: boolean;
}

/**
 * Reads the beginning of a candidate from the plan's cache or, if it is not there, from its source (by range if there
 * is an index). Stops when it has enough. Writes nothing and proves nothing.
 * @throws Failure from the source if it cannot be read
 */
export async function previewOf(
  candidate: PlanCandidate,
  limitBytes: number,
  ports: { sources: readonly Source[]; cache: ContentCache },
): Promise<Preview | { problem: string }> {
  const { sha256 } = candidate;
  if (sha256 !== null && (await ports.cache.has(sha256)))
    return fromFile(ports.cache.pathOf(sha256), limitBytes);
  const source = ports.sources.find((one) => one.name === candidate.source);
  if (source === undefined) return { problem: `its source is no longer configured: ${candidate.source}` };
  const enough = new AbortController();
  const head = new Head(limitBytes, () => enough.abort());
  let problem: string | undefined;
  try {
    await source.extract(
      [{ id: candidate.cid, hit: plannedHit(candidate) }],
      () => head,
      (outcome) => {
        if (!outcome.ok) problem = `${outcome.code}: ${outcome.message}`;
      },
      enough.signal,
    );
  } catch (error) {
    if (!enough.signal.aborted) throw error;
  }
  if (head.isFull) return { bytes: head.bytes, isWhole: false };
  return problem === undefined ? { bytes: head.bytes, isWhole: true } : { problem };
}

async function fromFile(path: string, limitBytes: number): Promise<Preview> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, limitBytes)), 0);
    return { bytes: buffer.subarray(0, bytesRead), isWhole: size <= limitBytes };
  } finally {
    await file.close();
  }
}

/** Keeps the first bytes and calls back when there are more. */
class Head implements ContentSink {
  #hash = createHash('sha256');
  #chunks: Buffer[] = [];
  #kept = 0;
  #sizeBytes = 0;
  isFull = false;
  readonly #limitBytes: number;
  readonly #onFull: () => void;

  constructor(limitBytes: number, onFull: () => void) {
    this.#limitBytes = limitBytes;
    this.#onFull = onFull;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  write(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    this.#hash.update(chunk);
    if (this.isFull) return;
    const part = chunk.subarray(0, this.#limitBytes - this.#kept);
    this.#chunks.push(Buffer.from(part));
    this.#kept += part.length;
    if (part.length === chunk.length) return;
    this.isFull = true;
    this.#onFull();
  }

  async end(): Promise<{ sha256: string; sizeBytes: number }> {
    return { sha256: this.#hash.digest('hex'), sizeBytes: this.#sizeBytes };
  }

  /** Discards what was written: a later member with the same name replaces it. */
  async abort(): Promise<void> {
    if (this.isFull) return;
    this.#hash = createHash('sha256');
    this.#chunks = [];
    this.#kept = 0;
    this.#sizeBytes = 0;
  }
}
