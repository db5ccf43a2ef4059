import { createHash, type Hash } from 'node:crypto';
import { type Checkpoint, packWindow } from '../index/checkpoint.js';
import { overBudget } from '../index/writer.js';
import { type GzipPosition, GzipScanner } from './scanner.js';

/** The default amount of output between two checkpoints. */
export const DEFAULT_SPAN_BYTES = 8 * 1024 * 1024;
/** The maximum distance between checkpoints in spans, however well an archive compresses. */
const MAX_SPANS_APART = 8;

export interface CheckpointSink {
  output(bytes: Uint8Array): void;
  checkpoint(checkpoint: Checkpoint): void;
  /** All output before this offset was verified by CRC-32 and length. */
  verified?(outputAt: number): void;
}

interface Open {
  position: GzipPosition;
  packedWindow: Uint8Array;
  windowBytes: number;
  hash: Hash;
}

/**
 * Decodes a gzip file and creates a checkpoint about every `spanBytes` of output, at the next block or member. With the
 * default or a larger span, a checkpoint is delayed until it takes at most 1/200 of the compressed bytes since the last
 * one, so that the index of a highly compressed archive does not become as large as the archive.
 */
export class GzipCheckpoints {
  readonly #scanner: GzipScanner;
  readonly #sink: CheckpointSink;
  readonly #spanBytes: number;
  #open: Open | undefined;
  #retryAt = 0;
  #compressedAt = 0;

  constructor(spanBytes: number, sink: CheckpointSink) {
    this.#spanBytes = spanBytes;
    this.#sink = sink;
    this.#scanner = new GzipScanner({
      output: (bytes) => sink.output(bytes),
      compressed: (bytes) => {
        this.#compressedAt += bytes.length;
        this.#open?.hash.update(bytes);
      },
      boundary: (position, sharedByte) => this.#boundary(position, sharedByte),
      verified: (outputAt) => sink.verified?.(outputAt),
    });
  }

  get outputAt(): number {
    return this.#scanner.outputAt;
  }

  /** Data after the last member. */
  get trailing(): { at: number; bytes: number } | undefined {
    return this.#scanner.trailing;
  }

  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  /** @throws Damage */
  finish(): void {
    this.#scanner.finish();
    this.#close(this.#compressedAt, this.#scanner.outputAt, undefined);
  }

  #boundary(position: GzipPosition, sharedByte: number | undefined): void {
    const open = this.#open;
    if (open === undefined) {
      this.#begin(position, new Uint8Array(0), 0);
      return;
    }
    const output = position.outputAt - open.position.outputAt;
    if (output < this.#spanBytes || position.outputAt < this.#retryAt) return;
    const window = position.memberStart ? new Uint8Array(0) : this.#scanner.window();
    const packed = packWindow(window);
    const compressed = position.compressedAt - open.position.compressedAt;
    const mayWait = this.#spanBytes >= DEFAULT_SPAN_BYTES && output < this.#spanBytes * MAX_SPANS_APART;
    if (mayWait && overBudget(packed.length, compressed)) {
      this.#retryAt = position.outputAt + this.#spanBytes / 8;
      return;
    }
    const end = position.compressedAt + (sharedByte === undefined ? 0 : 1);
    this.#close(end, position.outputAt, sharedByte);
    this.#begin(position, packed, window.length);
  }

  #begin(position: GzipPosition, packedWindow: Uint8Array, windowBytes: number): void {
    this.#open = { position, packedWindow, windowBytes, hash: createHash('sha256') };
  }

  #close(compressedEnd: number, outputEnd: number, sharedByte: number | undefined): void {
    const open = this.#open;
    if (open === undefined) return;
    if (sharedByte !== undefined) open.hash.update(Uint8Array.of(sharedByte));
    this.#sink.checkpoint({
      compressedAt: open.position.compressedAt,
      compressedEnd,
      outputAt: open.position.outputAt,
      outputEnd,
      bit: open.position.bit,
      packedWindow: open.packedWindow,
      windowBytes: open.windowBytes,
      spanSha256: open.hash.digest(),
    });
  }
}
