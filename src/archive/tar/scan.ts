import { createHash, type Hash } from 'node:crypto';
import { HoleBudget, holePieces } from '../holes.js';
import { hasContent, type TarMember } from './member.js';
import { TarReader } from './reader.js';
import type { TarEnd, TarReport } from './report.js';

/** Receives each member after its content, with the digest for regular files whose content can be read. */
export type OnMember = (member: TarMember, sha256: Uint8Array | undefined) => void;

/** Zeros that `push` hashes at once; `settle` hashes the rest. */
const HOLES_AT_ONCE_BYTES = 16 * 1024 * 1024;

/** Work for `settle`, in order: bytes or zeros to hash, or a complete member. */
type Waiting = { hash: Hash; bytes: Uint8Array | number } | { member: TarMember; hash: Hash | undefined };

/**
 * Reads a tar stream and hashes the content of every regular file, expanding sparse ones. A hole may be far larger than
 * the archive: call `settle` between two pieces to hash it without blocking.
 * @throws Damage
 */
export class TarScan {
  #hash: Hash | undefined;
  #waiting: Waiting[] = [];
  #holesAtOnce = 0;
  /** Members whose holes exceed it get no digest. */
  readonly #holes = new HoleBudget();
  readonly #reader: TarReader;
  readonly #onMember: OnMember;

  constructor(onMember: OnMember) {
    this.#onMember = onMember;
    this.#reader = new TarReader({
      member: (member) => this.#member(member),
      data: (bytes) => {
        if (this.#hash === undefined) return;
        if (this.#waiting.length === 0) this.#hash.update(bytes);
        else this.#waiting.push({ hash: this.#hash, bytes: bytes.slice() });
      },
      hole: (count) => this.#hole(count),
      memberEnd: (member) => {
        if (this.#waiting.length === 0) this.#onMember(member, this.#hash?.digest());
        else this.#waiting.push({ member, hash: this.#hash });
      },
    });
  }

  get report(): TarReport {
    return this.#reader.report;
  }

  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  /** Processes the work that `push` left, yielding to the event loop. @throws the signal's reason */
  async settle(signal?: AbortSignal): Promise<void> {
    this.#holesAtOnce = 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const item of waiting) {
      if ('member' in item) this.#onMember(item.member, item.hash?.digest());
      else if (typeof item.bytes !== 'number') item.hash.update(item.bytes);
      else await hashHole(item.hash, item.bytes, signal);
    }
  }

  /** Ends the stream; everything must be settled. @throws Damage */
  end(): TarEnd {
    return this.#reader.end();
  }

  #member(member: TarMember): void {
    const hashed = hasContent(member) && this.#holes.take(member);
    this.#hash = hashed ? createHash('sha256') : undefined;
  }

  #hole(count: number): void {
    const hash = this.#hash;
    if (hash === undefined) return;
    this.#holesAtOnce += count;
    if (this.#waiting.length > 0 || this.#holesAtOnce > HOLES_AT_ONCE_BYTES) {
      this.#waiting.push({ hash, bytes: count });
      return;
    }
    for (const zeros of holePieces(count)) hash.update(zeros);
  }
}

async function hashHole(hash: Hash, count: number, signal: AbortSignal | undefined): Promise<void> {
  let sincePause = 0;
  for (const zeros of holePieces(count)) {
    hash.update(zeros);
    sincePause += zeros.length;
    if (sincePause < HOLES_AT_ONCE_BYTES) continue;
    sincePause = 0;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}
