import { type Damage, formatDamage } from '../damage.js';
import { nameFormat } from '../other-formats.js';
import { BLOCK_BYTES, looksLikeHeader } from './header.js';
import { notATar } from './not-a-tar.js';
import type { GapsPosition } from './position.js';
import type { TarEnd, TarReport } from './report.js';

/** How far to search for a header in a file that does not start with one: past the content of a lost first member. */
const SEARCHED_BYTES = 1024 ** 3;

/**
 * What is between and after the members of a tar: the zeros that end an archive, another archive after them, other data
 * after them, and headers with a wrong checksum.
 */
export class TarGaps {
  #badHeaderAt: number | undefined;
  /** If the first block looks like no header: what the file is unless a header follows. */
  #notATar: Damage | undefined;
  /** Zero blocks directly before the current position. */
  #zeroBlocks = 0;
  /** Whether blocks are skipped, up to the next header. */
  #skipping = false;
  readonly #report: TarReport;

  constructor(report: TarReport, from?: GapsPosition) {
    this.#report = report;
    if (from === undefined) return;
    this.#badHeaderAt = from.badHeaderAt;
    if (from.notATar !== undefined) this.#notATar = formatDamage(from.notATar.kind, from.notATar.message);
    this.#zeroBlocks = from.zeroBlocks;
    this.#skipping = from.isSkipping;
  }

  get position(): GapsPosition {
    const notATar = this.#notATar;
    return {
      badHeaderAt: this.#badHeaderAt,
      notATar: notATar === undefined ? undefined : { kind: notATar.kind, message: notATar.message },
      zeroBlocks: this.#zeroBlocks,
      isSkipping: this.#skipping,
    };
  }

  /** The first header with a wrong checksum. */
  get badHeader(): { at: number; damage: Damage } | undefined {
    const at = this.#badHeaderAt;
    if (at === undefined) return undefined;
    const what = `the checksum of the tar header at byte ${at} does not match`;
    return { at, damage: this.#notATar ?? formatDamage('corrupt', what) };
  }

  /**
   * Whether a block with a valid checksum is a header here. If the file started like something else, the checksum may
   * match by chance, and the fields must be those of a header too.
   */
  accepts(block: Uint8Array): boolean {
    return this.#notATar === undefined || looksLikeHeader(block);
  }

  /** How the archive ends if it ends here. */
  get end(): TarEnd {
    if (this.#zeroBlocks >= 2) return 'complete';
    return this.#zeroBlocks === 1 ? 'one-block' : 'missing';
  }

  zeroBlock(): void {
    this.#zeroBlocks += 1;
    this.#report.bytes.zeros += BLOCK_BYTES;
  }

  /** A header at `at`. Returns whether it starts another archive after the end of the previous one. */
  header(at: number): boolean {
    const report = this.#report;
    const concatenated = this.#zeroBlocks > 0;
    if (concatenated) {
      if (this.#zeroBlocks === 1 && report.members > 0) report.loneZeroBlockAt ??= at - BLOCK_BYTES;
      report.concatenated += 1;
      report.concatenatedAt ??= at;
    }
    this.#zeroBlocks = 0;
    this.#skipping = false;
    this.#notATar = undefined;
    return concatenated;
  }

  /**
   * A block at `at` that is neither zeros nor a header: `trailing` data after the end, otherwise damage to skip.
   * @throws Damage if the file is something else
   */
  otherBlock(block: Uint8Array, at: number): 'trailing' | 'skipped' {
    if (this.#zeroBlocks > 0 && !this.#skipping) {
      this.trailing(block, at);
      return 'trailing';
    }
    if (at === 0 && !looksLikeHeader(block)) {
      const other = notATar(block);
      if (nameFormat(block) !== undefined) throw other;
      this.#notATar = other;
    }
    if (this.#notATar !== undefined && at >= SEARCHED_BYTES) throw this.#notATar;
    this.#badHeaderAt ??= at;
    this.#skipping = true;
    this.#zeroBlocks = 0;
    this.#report.bytes.skipped += BLOCK_BYTES;
    return 'skipped';
  }

  /** The part of a block with which the stream ends: false if it was cut from a header. */
  lastPart(rest: Uint8Array, at: number): boolean {
    if (rest.every((byte) => byte === 0)) this.#report.bytes.zeros += rest.length;
    else if (this.#zeroBlocks > 0) this.trailing(rest, at);
    else return false;
    return true;
  }

  /** Data after the end; the first of it is not all zeros. */
  trailing(bytes: Uint8Array, at: number): void {
    const report = this.#report;
    report.trailingAt ??= at + bytes.findIndex((byte) => byte !== 0);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end -= 1;
    if (end > 0) report.trailingEnd = at + end;
    report.bytes.trailing += bytes.length;
  }
}
