import { createHash, type Hash } from 'node:crypto';
import { HoleBudget, holePieces } from '../holes.js';
import { hasContent, type TarMember } from './member.js';
import { TarReader } from './reader.js';
import type { TarEnd, TarReport } from './report.js';

/** Gets each member when its content is over; the digest is there for regular files whose content can be had. */
export type OnMember = (member: TarMember, sha256: Uint8Array | undefined) => void;

/** Zeros hashed at once, within `push`; more of them wait for `settle`. */
const HOLES_AT_ONCE_BYTES = 16 * 1024 * 1024;

/** What waits for `settle`, in order: bytes or zeros for a hash, or a member that is over. */
type Waiting = { hash: Hash; bytes: Uint8Array | number } | { member: TarMember; hash: Hash | undefined };

/**
 * Reads a tar stream and hashes the content of every regular file in it, sparse ones in their expanded form. A hole
 * may be far larger than the archive: `settle`, to be called between two pieces, hashes it without blocking.
 * @throws Damage
 */
export class TarScan {
  #hash: Hash | undefined;
  #waiting: Waiting[] = [];
  #holesAtOnce = 0;
  /** Members whose holes are beyond it get no digest. */
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

  /** Works off what `push` left, and lets others run meanwhile. @throws the signal's reason */
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

  /** The stream is over, and everything was settled. @throws Damage */
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
