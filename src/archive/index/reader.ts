import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { addTo } from '../../core/groups.js';
import { counted } from '../../core/pluralize.js';
import { formatDamage } from '../damage.js';
import { type Checkpoint, readCheckpoints } from './checkpoint.js';
import { blocksOf, chunkOf, type DigestChunk } from './digests.js';
import {
  type CheckpointGroup,
  FIRST_READ_BYTES,
  type Footer,
  HEADER_BYTES,
  type MemberBlock,
  readFooter,
  readTrailer,
  TRAILER_BYTES,
} from './footer.js';
import { type IndexedMember, memberKey, readBlock } from './member.js';

/** Reads exactly the bytes `start` to `end` of the index, or throws. */
export type ReadRange = (start: number, end: number) => Promise<Uint8Array>;

/** Larger groups of checkpoints are rejected. */
const MAX_PART_BYTES = 256 * 1024 * 1024;
/**
 * Larger blocks of the member table, compressed or uncompressed, are rejected: a writer creates blocks of 32 KiB until
 * a table has 1,024 of them, and larger ones only for more than about ten million members.
 */
const MAX_BLOCK_BYTES = 1024 * 1024;
/** A generous upper limit on the average record size, for the blocks of a large table. */
const MAX_RECORD_BYTES = 512;
/** The number of entries in a full block directory, which a writer fills evenly. */
const BLOCKS = 1024;

/**
 * Reads an index by ranges: one for the footer, and one for each requested block of members or group of checkpoints.
 * Every part is verified by its digest before it is used.
 * @throws Damage
 */
export class IndexReader {
  readonly footer: Footer;
  readonly #read: ReadRange;
  /** The members of the block that was read last: names are often looked up in order. */
  #last: { block: MemberBlock; members: readonly IndexedMember[] } | undefined;

  private constructor(footer: Footer, read: ReadRange) {
    this.footer = footer;
    this.#read = read;
  }

  static async open(sizeBytes: number, read: ReadRange): Promise<IndexReader> {
    if (sizeBytes < HEADER_BYTES + TRAILER_BYTES)
      throw formatDamage('corrupt', 'the index is damaged: it is too short');
    const start = Math.max(0, sizeBytes - FIRST_READ_BYTES);
    const tail = await read(start, sizeBytes);
    const trailer = readTrailer(tail.subarray(tail.length - TRAILER_BYTES), sizeBytes);
    const inTail = trailer.footerAt - start;
    const bytes =
      inTail >= 0
        ? tail.subarray(inTail, inTail + trailer.footerLength)
        : await read(trailer.footerAt, trailer.footerAt + trailer.footerLength);
    const footer = readFooter(bytes, trailer);
    return new IndexReader(footer, cached(read, start, tail));
  }

  /** All members with this name (ignoring `./` and trailing slashes), in archive order. */
  async find(name: string): Promise<IndexedMember[]> {
    const key = memberKey(name);
    let i = this.#blockOf(key);
    let found: IndexedMember[] = [];
    for (; i >= 0; i -= 1) {
      const block = this.footer.blocks[i];
      if (block === undefined) break;
      const members = await this.#membersOf(block);
      const same = members.filter((member) => Buffer.compare(memberKey(member.name), key) === 0);
      found = [...same, ...found];
      if (Buffer.compare(block.separator, key) !== 0) break;
    }
    return found;
  }

  /**
   * All members whose content has one of these SHA-256 digests (64 hex digits), sorted by name. Each part of the index
   * is read once, however many digests are in it. A digest that is removed from the set meanwhile is sought no longer.
   */
  async *withDigests(sha256s: ReadonlySet<string>): AsyncGenerator<IndexedMember> {
    const { blocks } = this.footer;
    const candidates = await this.#blocksWith(sha256s);
    for (const [number, digests] of [...candidates].sort(([a], [b]) => a - b)) {
      if (!digests.some((digest) => sha256s.has(digest))) continue;
      const block = blocks[number];
      if (block === undefined) throw formatDamage('corrupt', 'the digest table refers to a missing block');
      for (const member of await this.#membersOf(block))
        if (member.sha256 !== undefined && sha256s.has(member.sha256)) yield member;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** The numbers of the blocks that may have members with these digests, and which. */
  async #blocksWith(sha256s: ReadonlySet<string>): Promise<Map<number, string[]>> {
    const { digests } = this.footer;
    const byChunk = new Map<DigestChunk, { sha256: string; digest: Uint8Array }[]>();
    for (const sha256 of sha256s) {
      const digest = Buffer.from(sha256, 'hex');
      const chunk = digests[chunkOf(digest, Math.log2(digests.length))];
      if (chunk !== undefined && chunk.length > 0) addTo(byChunk, chunk, { sha256, digest });
    }
    const found = new Map<number, string[]>();
    for (const [chunk, wanted] of byChunk) {
      const entries = await this.#part(chunk);
      for (const { sha256, digest } of wanted)
        for (const number of blocksOf(entries, digest)) addTo(found, number, sha256);
    }
    return found;
  }

  /** Every member, sorted by name. Yields to the event loop between blocks, so that signals are handled. */
  async *members(): AsyncGenerator<IndexedMember> {
    for (const block of this.footer.blocks) {
      yield* this.#recordsOf(block, await this.#rawOf(block));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Every checkpoint, in order. */
  async *allCheckpoints(): AsyncGenerator<Checkpoint> {
    for (const group of this.footer.groups) yield* await this.#readGroups([group]);
  }

  /** The checkpoints whose spans contain the output from `start` to `end`, in order and without gaps. */
  async checkpoints(start: number, end: number): Promise<Checkpoint[]> {
    const { groups } = this.footer;
    const first = lastIndex(groups, (group) => group.outputAt <= start);
    const last = lastIndex(groups, (group) => group.outputAt < Math.max(end, start + 1));
    const wanted = groups.slice(Math.max(first, 0), last + 1);
    const all = await this.#readGroups(wanted);
    const spans = all.filter((point) => point.outputEnd > start && point.outputAt < Math.max(end, start + 1));
    checkCover(spans, start, end);
    return spans;
  }

  async #readGroups(groups: CheckpointGroup[]): Promise<Checkpoint[]> {
    const first = groups[0];
    const last = groups.at(-1);
    if (first === undefined || last === undefined)
      throw formatDamage('corrupt', 'the index has no checkpoint for this position');
    const end = last.at + last.length;
    if (end - first.at > MAX_PART_BYTES)
      throw formatDamage('limit', 'a group of checkpoints exceeds 256 MiB');
    const bytes = await this.#read(first.at, end);
    return groups.flatMap((group) => {
      const at = group.at - first.at;
      if (at < 0 || at + group.length > bytes.length)
        throw formatDamage('corrupt', 'the checkpoint groups are out of order');
      return readCheckpoints(bytes.subarray(at, at + group.length), group.count);
    });
  }

  #blockOf(key: Uint8Array): number {
    return lastIndex(this.footer.blocks, (block) => Buffer.compare(block.separator, key) <= 0);
  }

  async #membersOf(block: MemberBlock): Promise<readonly IndexedMember[]> {
    if (this.#last?.block === block) return this.#last.members;
    const members = [...this.#recordsOf(block, await this.#rawOf(block))];
    this.#last = { block, members };
    return members;
  }

  /** The records of a block, one at a time, and no more than the footer says. */
  *#recordsOf(block: MemberBlock, raw: Uint8Array): Generator<IndexedMember> {
    let members = 0;
    for (const member of readBlock(raw)) {
      members += 1;
      if (members > block.members) break;
      yield member;
    }
    if (members !== block.members)
      throw formatDamage('corrupt', 'a member block has a different number of members than stated');
  }

  async #rawOf(block: MemberBlock): Promise<Uint8Array> {
    const limit = Math.max(MAX_BLOCK_BYTES, (this.footer.meta.members * MAX_RECORD_BYTES) / BLOCKS);
    if (Math.max(block.rawLength, block.length) > limit)
      throw formatDamage('limit', `a member block is too large (${counted(block.rawLength, 'byte')})`);
    return unpack(await this.#part(block), block.rawLength);
  }

  /** The verified bytes of a part. */
  async #part({
    at,
    length,
    sha256,
  }: {
    at: number;
    length: number;
    sha256: Uint8Array;
  }): Promise<Uint8Array> {
    if (length > MAX_PART_BYTES) throw formatDamage('limit', 'a part of the index exceeds 256 MiB');
    const bytes = await this.#read(at, at + length);
    if (createHash('sha256').update(bytes).digest().equals(sha256)) return bytes;
    throw formatDamage('corrupt', 'a part of the index does not match its digest');
  }
}

function unpack(packed: Uint8Array, rawLength: number): Uint8Array {
  try {
    const raw = inflateRawSync(packed, { maxOutputLength: Math.max(rawLength, 1) });
    if (raw.length === rawLength) return raw;
  } catch {
    // Fall through: any zlib error means that the part is damaged.
  }
  throw formatDamage('corrupt', 'a part of the member table cannot be decompressed');
}

/** The index of the last element for which `before` is true, or -1. The elements must be partitioned by `before`. */
function lastIndex<T>(items: readonly T[], before: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && before(item)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function checkCover(spans: readonly Checkpoint[], start: number, end: number): void {
  const first = spans[0];
  const last = spans.at(-1);
  const covered =
    first !== undefined && last !== undefined && first.outputAt <= start && last.outputEnd >= end;
  const joined = spans.every((span, i) => i === 0 || spans[i - 1]?.outputEnd === span.outputAt);
  if (!covered || !joined) throw formatDamage('corrupt', 'the checkpoints do not cover the member');
}

/** Serves ranges that the first read already fetched. */
function cached(read: ReadRange, tailAt: number, tail: Uint8Array): ReadRange {
  return async (start, end) =>
    start >= tailAt ? tail.subarray(start - tailAt, end - tailAt) : read(start, end);
}
