import { createHash, type Hash } from 'node:crypto';
import { WINDOW_BYTES } from '../../../archive/deflate/output-window.js';
import { type Checkpoint, unpackWindow } from '../../../archive/index/checkpoint.js';

interface Audited {
  compressedAt: number;
  compressedEnd: number;
  outputAt: number;
  windowBytes: number;
  windowSha256: string;
  spanSha256: string;
}

/**
 * Compares the checkpoints of an index with the archive while it streams: the digest of every span, and every window.
 * Keeps only a digest of each window.
 */
export class SpanAudit {
  /** Mismatches, in words; at most a thousand. */
  readonly problems: string[] = [];
  readonly #spans: Audited[] = [];
  #nextSpan = 0;
  #open: { span: Audited; hash: Hash }[] = [];
  #compressedAt: number;
  #nextWindow = 0;
  #tail: Uint8Array = new Uint8Array(0);
  #outputAt = 0;
  readonly #windows: boolean;
  readonly #from: number;

  /**
   * @param windows whether to compare the windows, which must be decompressed output of the archive, as for gzip
   * @param from the offset of the first compressed byte; spans that start before it are not compared
   */
  constructor(windows: boolean, from = 0) {
    this.#windows = windows;
    this.#from = from;
    this.#compressedAt = from;
  }

  /** @throws Damage */
  expect(checkpoint: Checkpoint): void {
    if (checkpoint.compressedAt < this.#from) return;
    const window = this.#windows ? unpackWindow(checkpoint) : new Uint8Array(0);
    this.#spans.push({
      compressedAt: checkpoint.compressedAt,
      compressedEnd: checkpoint.compressedEnd,
      outputAt: checkpoint.outputAt,
      windowBytes: window.length,
      windowSha256: sha256(window),
      spanSha256: Buffer.from(checkpoint.spanSha256).toString('hex'),
    });
  }

  compressed(bytes: Uint8Array): void {
    const end = this.#compressedAt + bytes.length;
    for (let span = this.#spans[this.#nextSpan]; span !== undefined && span.compressedAt < end; ) {
      this.#open.push({ span, hash: createHash('sha256') });
      this.#nextSpan += 1;
      span = this.#spans[this.#nextSpan];
    }
    for (const { span, hash } of this.#open) {
      const from = Math.max(0, span.compressedAt - this.#compressedAt);
      hash.update(bytes.subarray(from, Math.max(from, span.compressedEnd - this.#compressedAt)));
      if (span.compressedEnd > end) continue;
      if (hash.digest('hex') !== span.spanSha256)
        this.#problem(`the digest of the span at byte ${span.compressedAt}`);
    }
    this.#open = this.#open.filter(({ span }) => span.compressedEnd > end);
    this.#compressedAt = end;
  }

  output(bytes: Uint8Array): void {
    const end = this.#outputAt + bytes.length;
    for (let span = this.#spans[this.#nextWindow]; span !== undefined && span.outputAt <= end; ) {
      this.#checkWindow(span, bytes);
      this.#nextWindow += 1;
      span = this.#spans[this.#nextWindow];
    }
    this.#tail = lastBytes(this.#tail, bytes);
    this.#outputAt = end;
  }

  /** Ends the comparison at the end of the archive. */
  finish(): void {
    if (this.#open.length > 0 || this.#nextSpan < this.#spans.length)
      this.#problem('a span after the end of the archive');
  }

  #checkWindow(span: Audited, bytes: Uint8Array): void {
    if (span.windowBytes === 0) return;
    const before = lastBytes(this.#tail, bytes.subarray(0, span.outputAt - this.#outputAt));
    const window = before.subarray(before.length - Math.min(span.windowBytes, before.length));
    if (sha256(window) !== span.windowSha256)
      this.#problem(`the window of the checkpoint at byte ${span.compressedAt}`);
  }

  #problem(what: string): void {
    if (this.problems.length < 1000) this.problems.push(what);
  }
}

/** The last 32 KiB of two consecutive pieces. */
function lastBytes(before: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (bytes.length >= WINDOW_BYTES) return bytes.slice(bytes.length - WINDOW_BYTES);
  const joined = new Uint8Array(before.length + bytes.length);
  joined.set(before);
  joined.set(bytes, before.length);
  return joined.length > WINDOW_BYTES ? joined.slice(joined.length - WINDOW_BYTES) : joined;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
