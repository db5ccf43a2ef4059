import { type Described, withMap } from './describe.js';
import { BLOCK_BYTES } from './header.js';
import type { TarMember } from './member.js';
import type { TarReport } from './report.js';
import { type ExpandedSink, SparseExpander, SparseMapText } from './sparse.js';

/** Receives the members of a tar. `data` and `hole` provide the expanded content of the current one. */
export interface TarSink extends ExpandedSink {
  /** A member starts. */
  member(member: TarMember): void;
  memberEnd(member: TarMember): void;
}

/** Passes one member at a time to the sink: reads the sparse map before its content, and expands the content. */
export class MemberContent {
  /** The padding after the current content. */
  padding = 0;
  #remaining = 0;
  #mapText: { text: SparseMapText; member: TarMember } | undefined;
  #member: TarMember | undefined;
  #expander: SparseExpander | undefined;
  readonly #sink: TarSink;
  readonly #report: TarReport;

  /** @param from what is left of a content that another process began to read; it is passed on as stored */
  constructor(sink: TarSink, report: TarReport, from?: { contentLeft: number; padding: number }) {
    this.#sink = sink;
    this.#report = report;
    this.#remaining = from?.contentLeft ?? 0;
    this.padding = from?.padding ?? 0;
  }

  /** The bytes of the current content that follow, as stored. */
  get left(): number {
    return this.#remaining;
  }

  /** What is next: a block of the map, data, or nothing more of this member. */
  get expects(): 'sparse-text' | 'data' | undefined {
    if (this.#mapText !== undefined) return 'sparse-text';
    return this.#remaining === 0 ? undefined : 'data';
  }

  begin({ member, mapFollows }: Described): void {
    this.padding = paddingOf(member.storedBytes);
    this.#remaining = member.storedBytes;
    if (mapFollows && member.storedBytes > 0) this.#mapText = { text: new SparseMapText(), member };
    else this.#announce(member);
  }

  /** Reads a block of the map, which ends at `end`. @throws Damage */
  takeMap(block: Uint8Array, end: number): void {
    if (this.#mapText === undefined) return;
    const { text, member } = this.#mapText;
    const { headerAt } = member;
    const state = text.block(block);
    this.#report.bytes.headers += BLOCK_BYTES;
    this.#remaining -= BLOCK_BYTES;
    const isShort = this.#remaining < 0 || (state === 'incomplete' && this.#remaining === 0);
    if (state === 'invalid' || isShort) {
      this.#withoutMap(member);
      return;
    }
    if (state === 'incomplete') return;
    this.#mapText = undefined;
    const stored = { ...member, dataAt: end, storedBytes: this.#remaining };
    this.#announce(withMap(stored, text.numbers, (what) => this.#report.badValue(headerAt, what)));
  }

  /** Takes the data at `at` of `chunk`, and returns how many bytes it was. @throws Damage */
  takeData(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#remaining, chunk.length - at);
    const bytes = at === 0 && count === chunk.length ? chunk : chunk.subarray(at, at + count);
    if (this.#expander === undefined) this.#sink.data(bytes);
    else this.#expander.push(bytes);
    this.#remaining -= count;
    this.#report.bytes.data += count;
    return count;
  }

  /** Ends the member if all its data was taken. @throws Damage */
  endIfComplete(): void {
    if (this.#remaining > 0) return;
    const member = this.#member;
    const expander = this.#expander;
    this.#member = undefined;
    this.#expander = undefined;
    expander?.end();
    if (member !== undefined) this.#sink.memberEnd(member);
  }

  /** Announces a sparse member whose map cannot be read: it has no content, and the members after it are read. */
  #withoutMap(member: TarMember): void {
    this.#mapText = undefined;
    this.#report.badValue(member.headerAt, 'the sparse map is invalid, so the content cannot be expanded');
    // The last block of the map may have contained the padding.
    if (this.#remaining < 0) this.padding = 0;
    this.#remaining = Math.max(0, this.#remaining);
    this.#announce(member);
  }

  #announce(member: TarMember): void {
    this.#member = member;
    this.#report.members += 1;
    this.#sink.member(member);
    const { sparseMap, sizeBytes } = member;
    this.#expander =
      sparseMap === undefined ? undefined : new SparseExpander(sparseMap, sizeBytes, this.#sink);
    this.endIfComplete();
  }
}

/** The padding after a content, up to the end of its last block. */
export function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}
