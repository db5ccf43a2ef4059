import { Buffer } from 'node:buffer';
import { formatDamage } from '../damage.js';
import { MemberContent, paddingOf, type TarSink } from './content.js';
import { describeMember } from './describe.js';
import { ExtendedCollector, isExtendedType } from './extended.js';
import { TarGaps } from './gaps.js';
import {
  BLOCK_BYTES,
  isTarHeader,
  isZeroBlock,
  looksLikeHeader,
  type RawHeader,
  readHeader,
  readSparseBlock,
} from './header.js';
import { notATar } from './not-a-tar.js';
import { packGlobals, type TarPosition, unpackGlobals } from './position.js';
import { type TarEnd, TarReport } from './report.js';
import { MAX_SPARSE_SEGMENTS } from './sparse.js';

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

  #state: State = 'header';
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #blockFilled = 0;
  #padding = 0;
  /** Whether a member started in another volume (GNU type `M`). */
  #isVolume = false;
  /** The first header of the member to come: an extended one, or its own. -1 between members. */
  #headerAt = -1;
  readonly #extended = new ExtendedCollector();
  /** A header whose sparse map continues in the next blocks. */
  #raw: RawHeader | undefined;
  readonly #content: MemberContent;
  readonly #gaps: TarGaps;

  /** @param from where another reader of the same stream stopped. A member that it began is not announced again. */
  constructor(sink: TarSink, from?: TarPosition) {
    if (from !== undefined) this.#continue(from);
    this.#content = new MemberContent(sink, this.report, from);
    this.#gaps = new TarGaps(this.report, from?.gaps);
  }

  #continue(from: TarPosition): void {
    Object.assign(this.report, structuredClone(from.report));
    this.offset = from.offset;
    this.#state = from.next;
    const block = Buffer.from(from.block, 'base64');
    this.#block.set(block);
    this.#blockFilled = block.length;
    this.#padding = from.padding;
    this.#isVolume = from.isVolume;
    unpackGlobals(from.globals, this.#extended.globals);
  }

  /** Where another reader can continue; undefined inside the headers of a member. */
  get position(): TarPosition | undefined {
    const next = this.#state;
    const isInHeader = next === 'sparse-blocks' || next === 'sparse-text' || next === 'extended';
    if (isInHeader || this.#headerAt >= 0) return undefined;
    const globals = packGlobals(this.#extended.globals);
    if (globals === undefined) return undefined;
    return {
      offset: this.offset,
      next,
      block: Buffer.from(this.#block.subarray(0, this.#blockFilled)).toString('base64'),
      contentLeft: this.#content.left,
      padding: next === 'data' ? this.#content.padding : this.#padding,
      isVolume: this.#isVolume,
      globals,
      gaps: this.#gaps.position,
      report: this.report.copy(),
    };
  }

  /**
   * Where the first header with a wrong checksum is. A member after it may be part of the content of the lost member
   * (a tar in a tar), so the checksum of the container does not prove it.
   */
  get badHeaderAt(): number {
    return this.#gaps.badHeader?.at ?? Number.POSITIVE_INFINITY;
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) at = this.#step(chunk, at);
  }

  /** Ends the stream. @throws Damage if it ends inside a member or header, or a header was skipped */
  end(): TarEnd {
    const { badHeader } = this.#gaps;
    if (badHeader !== undefined) throw badHeader.damage;
    if (this.#state === 'trailing') return this.#gaps.end;
    if (this.#headerAt >= 0 || this.#state !== 'header') throw this.#cut();
    const rest = this.#block.subarray(0, this.#blockFilled);
    if (!this.#gaps.lastPart(rest, this.offset - rest.length)) throw this.#cut();
    return this.#gaps.end;
  }

  #cut(): Error {
    const head = this.#block.subarray(0, this.offset);
    if (this.offset < BLOCK_BYTES && !looksLikeHeader(head)) return notATar(head);
    const volume = this.#isVolume ? '; it is one volume of a multi-volume archive' : '';
    return formatDamage('truncated', `the tar ends inside a member, at byte ${this.offset}${volume}`);
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
    else this.#headerBlock();
  }

  #takeData(chunk: Uint8Array, at: number): number {
    const count = this.#content.takeData(chunk, at);
    this.offset += count;
    this.#content.endIfComplete();
    this.#afterContent();
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
    this.#gaps.trailing(chunk.subarray(at), this.offset);
    this.offset += chunk.length - at;
    return chunk.length;
  }

  #headerBlock(): void {
    const at = this.offset - BLOCK_BYTES;
    if (isZeroBlock(this.#block)) {
      if (this.#headerAt >= 0)
        throw (
          this.#gaps.badHeader?.damage ??
          formatDamage('corrupt', 'an extended header is not followed by a member')
        );
      this.#gaps.zeroBlock();
    } else if (isTarHeader(this.#block) && this.#gaps.accepts(this.#block)) {
      // Another archive has its own global headers.
      if (this.#gaps.header(at)) this.#extended.globals.clear();
      this.#header(at);
    } else if (this.#gaps.otherBlock(this.#block, at) === 'trailing') {
      this.#state = 'trailing';
    } else {
      this.#extended.reset();
      this.#headerAt = -1;
    }
  }

  #header(at: number): void {
    const raw = readHeader(this.#block, (what) => this.report.badValue(at, what));
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
    const described = describeMember(
      raw,
      { pax, globals, longName, longLink, headerAt, dataAt: this.offset },
      (what) => this.report.badValue(headerAt, what),
    );
    this.#extended.reset();
    this.#raw = undefined;
    this.#headerAt = -1;
    this.#isVolume ||= raw.type === 'M';
    this.#content.begin(described);
    this.#afterContent();
  }

  #sparseText(): void {
    this.#content.takeMap(this.#block, this.offset);
    this.#afterContent();
  }

  /** Continues with what the content expects, or after it. */
  #afterContent(): void {
    const { expects, padding } = this.#content;
    if (expects === undefined) this.#padding = padding;
    this.#state = expects ?? (padding > 0 ? 'padding' : 'header');
  }
}
