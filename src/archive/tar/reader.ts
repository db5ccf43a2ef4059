import { type Damage, formatDamage } from '../damage.js';
import { nameFormat } from '../other-formats.js';
import { describeMember, withMap } from './describe.js';
import { ExtendedCollector, isExtendedType } from './extended.js';
import {
  BLOCK_BYTES,
  isTarHeader,
  isZeroBlock,
  looksLikeHeader,
  type RawHeader,
  readHeader,
  readSparseBlock,
} from './header.js';
import type { TarMember } from './member.js';
import { type TarEnd, TarReport } from './report.js';
import { type ExpandedSink, MAX_SPARSE_SEGMENTS, SparseExpander, SparseMapText } from './sparse.js';

/** Receives the members of a tar. `data` and `hole` provide the expanded content of the current one. */
export interface TarSink extends ExpandedSink {
  /** A member starts. */
  member(member: TarMember): void;
  memberEnd(member: TarMember): void;
}

type State = 'header' | 'sparse-blocks' | 'sparse-text' | 'extended' | 'data' | 'padding' | 'trailing';

/**
 * Reads a tar stream in pieces of any size: V7, ustar, PAX, GNU (long names, base-256 numbers, all sparse formats).
 * Reports the offsets of each member, which an index needs.
 *
 * After the zeros at the end, a header starts another archive (`tar -i`), and anything else is trailing data. These,
 * and invalid header values on which no content depends, are recorded in `report` and do not end the reading. After a
 * header with a wrong checksum, reading continues at the next header, as in GNU tar and bsdtar, and `end` throws.
 * @throws Damage for anything that makes a member or its content unreadable
 */
export class TarReader {
  /** Bytes of the tar stream read so far. */
  offset = 0;
  readonly report = new TarReport();

  readonly #sink: TarSink;
  #state: State = 'header';
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #blockFilled = 0;
  #remaining = 0;
  #padding = 0;
  /** Zero blocks directly before this position. */
  #zeroBlocks = 0;
  readonly #extended = new ExtendedCollector();
  #headerAt = -1;
  #raw: RawHeader | undefined;
  #mapText: { text: SparseMapText; member: TarMember } | undefined;
  #member: TarMember | undefined;
  #expander: SparseExpander | undefined;
  /** The first header with a wrong checksum. */
  #badHeader: Damage | undefined;
  #badHeaderAt = Number.POSITIVE_INFINITY;
  /** Whether blocks are skipped, up to the next header. */
  #skipping = false;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /**
   * Where the first header with a wrong checksum is. A member after it may be part of the content of the lost member
   * (a tar in a tar), so the checksum of the container does not prove it.
   */
  get badHeaderAt(): number {
    return this.#badHeaderAt;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) at = this.#step(chunk, at);
  }

  /** Ends the stream. @throws Damage if it ends inside a member or header, or a header was skipped */
  end(): TarEnd {
    if (this.#badHeader !== undefined) throw this.#badHeader;
    const between = this.#headerAt < 0 && this.#state === 'header';
    if (between && this.#blockFilled > 0) this.#lastPartOfBlock();
    if (!between && this.#state !== 'trailing') throw this.#cut();
    if (this.#zeroBlocks >= 2) return 'complete';
    return this.#zeroBlocks === 1 ? 'one-block' : 'missing';
  }

  #cut(): Error {
    const head = this.#block.subarray(0, this.offset);
    if (this.offset < BLOCK_BYTES && !looksLikeHeader(head)) return this.#notATar(head);
    return formatDamage('truncated', `the tar ends inside a member, at byte ${this.offset}`);
  }

  #step(chunk: Uint8Array, at: number): number {
    if (this.#state === 'data') return this.#takeData(chunk, at);
    if (this.#state === 'padding') return this.#takePadding(chunk, at);
    if (this.#state === 'extended') return this.#takeExtended(chunk, at);
    if (this.#state === 'trailing') return this.#takeTrailing(chunk, at);
    const count = Math.min(BLOCK_BYTES - this.#blockFilled, chunk.length - at);
    this.#block.set(chunk.subarray(at, at + count), this.#blockFilled);
    this.#blockFilled += count;
    this.offset += count;
    if (this.#blockFilled === BLOCK_BYTES) {
      this.#blockFilled = 0;
      this.#takeBlock();
    }
    return at + count;
  }

  #takeBlock(): void {
    if (this.#state === 'sparse-blocks') this.#sparseBlock();
    else if (this.#state === 'sparse-text') this.#sparseText();
    else this.#header();
  }

  #takeData(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#remaining, chunk.length - at);
    const bytes = at === 0 && count === chunk.length ? chunk : chunk.subarray(at, at + count);
    if (this.#expander === undefined) this.#sink.data(bytes);
    else this.#expander.push(bytes);
    this.#remaining -= count;
    this.offset += count;
    this.report.bytes.data += count;
    if (this.#remaining === 0) this.#endMember();
    return at + count;
  }

  #takePadding(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#padding, chunk.length - at);
    this.#padding -= count;
    this.offset += count;
    this.report.bytes.padding += count;
    if (this.#padding === 0) this.#state = 'header';
    return at + count;
  }

  #takeExtended(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#extended.remaining, chunk.length - at);
    this.#extended.take(chunk.subarray(at, at + count));
    this.offset += count;
    this.report.bytes.headers += count;
    if (this.#extended.remaining === 0) this.#endExtended();
    return at + count;
  }

  #takeTrailing(chunk: Uint8Array, at: number): number {
    const rest = chunk.subarray(at);
    let last = rest.length - 1;
    while (last >= 0 && rest[last] === 0) last -= 1;
    if (last >= 0) this.report.trailingEnd = this.offset + last + 1;
    this.offset += rest.length;
    this.report.bytes.trailing += rest.length;
    return chunk.length;
  }

  #header(): void {
    const at = this.offset - BLOCK_BYTES;
    if (isZeroBlock(this.#block)) {
      if (this.#headerAt >= 0)
        throw this.#badHeader ?? formatDamage('corrupt', 'an extended header is not followed by a member');
      this.#zeroBlocks += 1;
      this.report.bytes.zeros += BLOCK_BYTES;
      return;
    }
    if (!isTarHeader(this.#block)) {
      this.#notAHeader(at);
      return;
    }
    if (this.#zeroBlocks > 0) this.#concatenated(at);
    this.#skipping = false;
    const onBadValue = (what: string): void => this.report.badValue(at, what);
    const raw = readHeader(this.#block, onBadValue);
    this.report.bytes.headers += BLOCK_BYTES;
    if (this.#headerAt < 0) this.#headerAt = at;
    if (isExtendedType(raw.type)) {
      this.#extended.begin(raw);
      this.#padding = paddingOf(raw.sizeBytes);
      this.#state = 'extended';
      if (raw.sizeBytes === 0) this.#endExtended();
      return;
    }
    this.#raw = raw;
    if (raw.sparse?.extended) this.#state = 'sparse-blocks';
    else this.#beginMember(raw);
  }

  /** Handles a block that is neither zeros nor a header: trailing data after the end, otherwise damage to skip. */
  #notAHeader(at: number): void {
    if (this.#zeroBlocks > 0 && !this.#skipping) {
      this.#beginTrailing(at, this.#block);
      return;
    }
    const first = at === 0 && this.report.members === 0;
    if (first && !looksLikeHeader(this.#block)) throw this.#notATar(this.#block);
    const damage = formatDamage('corrupt', `the checksum of the tar header at byte ${at} does not match`);
    if (first) throw damage;
    this.#badHeader ??= damage;
    this.#badHeaderAt = Math.min(this.#badHeaderAt, at);
    this.#skipping = true;
    this.#zeroBlocks = 0;
    this.#extended.reset();
    this.#headerAt = -1;
    this.report.bytes.skipped += BLOCK_BYTES;
  }

  #notATar(head: Uint8Array): Error {
    const format = nameFormat(head);
    const what =
      format ?? (head.length < BLOCK_BYTES ? `it has only ${head.length} bytes` : 'it has no tar header');
    return formatDamage('unsupported', `not a tar: ${format === undefined ? what : `it is ${what}`}`);
  }

  /** Another archive follows the end of the previous one, with its own global headers. */
  #concatenated(at: number): void {
    const { report } = this;
    if (this.#zeroBlocks === 1 && report.members > 0) report.loneZeroBlockAt ??= at - BLOCK_BYTES;
    report.concatenated += 1;
    report.concatenatedAt ??= at;
    this.#zeroBlocks = 0;
    this.#extended.globals.clear();
  }

  #beginTrailing(at: number, bytes: Uint8Array): void {
    const { report } = this;
    this.#state = 'trailing';
    report.trailingAt ??= at + bytes.findIndex((byte) => byte !== 0);
    report.trailingEnd = at + bytes.findLastIndex((byte) => byte !== 0) + 1;
    report.bytes.trailing += bytes.length;
  }

  /** Handles the end of the stream inside a block. After the end of the tar, or for zeros, nothing is lost. */
  #lastPartOfBlock(): void {
    const rest = this.#block.subarray(0, this.#blockFilled);
    const at = this.offset - rest.length;
    if (rest.every((byte) => byte === 0)) this.report.bytes.zeros += rest.length;
    else if (this.#zeroBlocks > 0) this.#beginTrailing(at, rest);
    else throw this.#cut();
    this.#blockFilled = 0;
  }

  #sparseBlock(): void {
    const raw = this.#raw;
    if (raw?.sparse === undefined) return;
    const { numbers, extended } = readSparseBlock(this.#block);
    this.report.bytes.headers += BLOCK_BYTES;
    for (const number of numbers) raw.sparse.numbers.push(number);
    if (raw.sparse.numbers.length > MAX_SPARSE_SEGMENTS * 2)
      throw formatDamage('limit', 'a sparse map is too long');
    if (!extended) this.#beginMember(raw);
  }

  #endExtended(): void {
    const at = this.#headerAt;
    this.#extended.end((what) => this.report.badValue(at, what));
    this.#state = this.#padding > 0 ? 'padding' : 'header';
    if (!this.#extended.waiting) this.#headerAt = -1;
  }

  #beginMember(raw: RawHeader): void {
    const { pax, globals, longName, longLink } = this.#extended;
    const headerAt = this.#headerAt;
    const { member, mapFollows } = describeMember(
      raw,
      { pax, globals, longName, longLink, headerAt, dataAt: this.offset },
      (what) => this.report.badValue(headerAt, what),
    );
    this.#extended.reset();
    this.#raw = undefined;
    this.#padding = paddingOf(member.storedBytes);
    this.#remaining = member.storedBytes;
    if (!mapFollows || member.storedBytes === 0) {
      this.#announce(member);
      return;
    }
    this.#mapText = { text: new SparseMapText(), member };
    this.#state = 'sparse-text';
  }

  #sparseText(): void {
    if (this.#mapText === undefined) return;
    const { text, member } = this.#mapText;
    const { headerAt } = member;
    const state = text.block(this.#block);
    this.report.bytes.headers += BLOCK_BYTES;
    this.#remaining -= BLOCK_BYTES;
    const isShort = this.#remaining < 0 || (state === 'incomplete' && this.#remaining === 0);
    if (state === 'invalid' || isShort) {
      this.#withoutMap(member);
      return;
    }
    if (state === 'incomplete') return;
    this.#mapText = undefined;
    const stored = { ...member, dataAt: this.offset, storedBytes: this.#remaining };
    this.#announce(withMap(stored, text.numbers, (what) => this.report.badValue(headerAt, what)));
  }

  /** Announces a sparse member whose map cannot be read: it has no content, and the members after it are read. */
  #withoutMap(member: TarMember): void {
    this.#mapText = undefined;
    this.report.badValue(member.headerAt, 'the sparse map is invalid, so the content cannot be expanded');
    // The last block of the map may have contained the padding.
    if (this.#remaining < 0) this.#padding = 0;
    this.#remaining = Math.max(0, this.#remaining);
    this.#announce(member);
  }

  #announce(member: TarMember): void {
    this.#member = member;
    this.#headerAt = -1;
    this.report.members += 1;
    this.#sink.member(member);
    const { sparseMap, sizeBytes } = member;
    this.#expander =
      sparseMap === undefined ? undefined : new SparseExpander(sparseMap, sizeBytes, this.#sink);
    this.#state = 'data';
    if (this.#remaining === 0) this.#endMember();
  }

  #endMember(): void {
    const member = this.#member;
    const expander = this.#expander;
    this.#member = undefined;
    this.#expander = undefined;
    expander?.end();
    this.#state = this.#padding > 0 ? 'padding' : 'header';
    if (member !== undefined) this.#sink.memberEnd(member);
  }
}

/** The padding after a content, up to the end of its last block. */
function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
