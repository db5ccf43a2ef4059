import { formatDamage } from '../damage.js';
import { MAX_NAME_BYTES } from '../names.js';
import { describeMember } from './describe.js';
import { BLOCK_BYTES, isZeroBlock, type RawHeader, readHeader, sparseMapContinues } from './header.js';
import type { TarMember } from './member.js';
import { type PaxRecords, readPax } from './pax.js';

/** Extended headers larger than this are refused before they are collected; real ones hold names and attributes. */
const MAX_EXTENDED_BYTES = 4 * 1024 * 1024;
/** Blocks of an old GNU sparse map (21 segments each): as many segments as a 4 MiB PAX map could name. */
const MAX_SPARSE_MAP_BLOCKS = 8192;

export interface TarSink {
  /** A member begins; exactly its `storedBytes` follow as `data`, then `memberEnd`. */
  member(member: TarMember): void;
  /** The next bytes of the member's stored content; only valid during the call. */
  data(bytes: Uint8Array): void;
  memberEnd(member: TarMember): void;
}

/** How an archive ended: two zero blocks as it must, only one, or none, which is what a cut archive looks like. */
export type TarEnd = 'complete' | 'one-block' | 'missing';

type State = 'header' | 'sparse-map' | 'extended' | 'data' | 'padding' | 'ended';

/**
 * Reads a tar stream in pieces of any size: V7, ustar, PAX, GNU (long names, base-256 numbers, sparse headers).
 * It knows where each member's bytes are, which is what an index is made of. What comes after the end of the
 * archive is ignored, as tar does.
 * @throws Damage for anything that is not a whole tar archive.
 */
export class TarReader {
  /** Bytes of the tar stream read so far. */
  offset = 0;

  private readonly sink: TarSink;
  private state: State = 'header';
  private readonly block = new Uint8Array(BLOCK_BYTES);
  private blockFilled = 0;
  private remaining = 0;
  private padding = 0;
  private zeroBlocks = 0;
  private extendedType = '';
  private extended = new Uint8Array(0);
  private extendedFilled = 0;
  private globals: PaxRecords = new Map();
  private pax: PaxRecords | undefined;
  private longName: Uint8Array | undefined;
  private longLink: Uint8Array | undefined;
  private headerAt = -1;
  private raw: RawHeader | undefined;
  private sparseBlocks = 0;
  private member: TarMember | undefined;

  constructor(sink: TarSink) {
    this.sink = sink;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.state === 'ended') {
        this.offset += chunk.length - at;
        return;
      }
      at = this.step(chunk, at);
    }
  }

  /** The stream is over. @throws Damage when it stopped inside a member or header. */
  end(): TarEnd {
    if (this.state === 'ended') return 'complete';
    const between = this.state === 'header' && this.blockFilled === 0 && this.headerAt < 0;
    if (!between) throw formatDamage('truncated', `the tar ends inside a member, at byte ${this.offset}`);
    return this.zeroBlocks > 0 ? 'one-block' : 'missing';
  }

  private step(chunk: Uint8Array, at: number): number {
    if (this.state === 'data') return this.takeData(chunk, at);
    if (this.state === 'padding') return this.takePadding(chunk, at);
    if (this.state === 'extended') return this.takeExtended(chunk, at);
    const count = Math.min(BLOCK_BYTES - this.blockFilled, chunk.length - at);
    this.block.set(chunk.subarray(at, at + count), this.blockFilled);
    this.blockFilled += count;
    this.offset += count;
    if (this.blockFilled === BLOCK_BYTES) {
      this.blockFilled = 0;
      if (this.state === 'sparse-map') this.sparseMap();
      else this.header();
    }
    return at + count;
  }

  private takeData(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.remaining, chunk.length - at);
    this.sink.data(at === 0 && count === chunk.length ? chunk : chunk.subarray(at, at + count));
    this.remaining -= count;
    this.offset += count;
    if (this.remaining === 0) this.endMember();
    return at + count;
  }

  private takePadding(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.padding, chunk.length - at);
    this.padding -= count;
    this.offset += count;
    if (this.padding === 0) this.state = 'header';
    return at + count;
  }

  private takeExtended(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.remaining, chunk.length - at);
    if (this.extendedFilled + count > this.extended.length) this.growExtended(this.extendedFilled + count);
    this.extended.set(chunk.subarray(at, at + count), this.extendedFilled);
    this.extendedFilled += count;
    this.remaining -= count;
    this.offset += count;
    if (this.remaining === 0) this.endExtended();
    return at + count;
  }

  /** Grows with what has come, not with what a header claims will come. */
  private growExtended(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.extended.length * 2, BLOCK_BYTES));
    grown.set(this.extended.subarray(0, this.extendedFilled));
    this.extended = grown;
  }

  private header(): void {
    if (isZeroBlock(this.block)) {
      if (this.headerAt >= 0) throw formatDamage('corrupt', 'an extended header without a member after it');
      this.zeroBlocks += 1;
      if (this.zeroBlocks === 2) this.state = 'ended';
      return;
    }
    if (this.zeroBlocks > 0) {
      throw formatDamage(
        'corrupt',
        `a lone zero block inside the tar, before byte ${this.offset - BLOCK_BYTES}`,
      );
    }
    const raw = readHeader(this.block);
    if (this.headerAt < 0) this.headerAt = this.offset - BLOCK_BYTES;
    if ('xgXLK'.includes(raw.type)) {
      this.beginExtended(raw);
      return;
    }
    this.raw = raw;
    if (raw.sparse?.extended) {
      this.state = 'sparse-map';
      this.sparseBlocks = 0;
      return;
    }
    this.beginMember(raw);
  }

  private sparseMap(): void {
    this.sparseBlocks += 1;
    if (this.sparseBlocks > MAX_SPARSE_MAP_BLOCKS)
      throw formatDamage('limit', 'a sparse map that is too long');
    if (!sparseMapContinues(this.block) && this.raw !== undefined) this.beginMember(this.raw);
  }

  private beginExtended(raw: RawHeader): void {
    const limit = raw.type === 'L' || raw.type === 'K' ? MAX_NAME_BYTES + 1 : MAX_EXTENDED_BYTES;
    if (raw.sizeBytes > limit) throw formatDamage('limit', `an extended header of ${raw.sizeBytes} bytes`);
    this.extendedType = raw.type;
    this.extendedFilled = 0;
    this.remaining = raw.sizeBytes;
    this.padding = paddingOf(raw.sizeBytes);
    this.state = 'extended';
    if (this.remaining === 0) this.endExtended();
  }

  private endExtended(): void {
    const body = this.extended.subarray(0, this.extendedFilled);
    if (this.extendedType === 'L') this.longName = untilNul(body);
    else if (this.extendedType === 'K') this.longLink = untilNul(body);
    else if (this.extendedType === 'g') readPax(body, this.globals);
    else this.pax = readPax(body, this.pax);
    if (this.globals.size > 10_000) throw formatDamage('limit', 'too many global PAX records');
    this.state = this.padding > 0 ? 'padding' : 'header';
    if (this.extendedType === 'g' && this.pax === undefined && this.longName === undefined) {
      if (this.longLink === undefined) this.headerAt = -1;
    }
  }

  private beginMember(raw: RawHeader): void {
    const { pax, globals, longName, longLink, headerAt } = this;
    const member = describeMember(raw, { pax, globals, longName, longLink, headerAt, dataAt: this.offset });
    this.member = member;
    this.pax = undefined;
    this.longName = undefined;
    this.longLink = undefined;
    this.raw = undefined;
    this.headerAt = -1;
    this.remaining = member.storedBytes;
    this.padding = paddingOf(member.storedBytes);
    this.sink.member(member);
    this.state = 'data';
    if (this.remaining === 0) this.endMember();
  }

  private endMember(): void {
    const { member } = this;
    this.member = undefined;
    this.state = this.padding > 0 ? 'padding' : 'header';
    if (member !== undefined) this.sink.memberEnd(member);
  }
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0);
  return bytes.slice(0, nul < 0 ? bytes.length : nul);
}

function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
