import { createHash } from 'node:crypto';
import { formatDamage } from './damage.js';
import { DecodedRun } from './decoded-run.js';
import { inflateFrom } from './gzip/ranged.js';
import { type Checkpoint, unpackWindow } from './index/checkpoint.js';
import type { IndexedMember } from './index/member.js';
import type { Access } from './index/meta.js';
import type { IndexReader } from './index/reader.js';
import { expandSparse } from './tar/sparse.js';

/** Reads bytes `start` to `end` of the archive, bound to the version that the index was built from. */
type ReadArchive = (start: number, end: number) => AsyncIterable<Uint8Array>;

/** Decodes archive bytes that start at a checkpoint and need a program or library; `prelude` goes first. */
export type DecodeFrames = (
  access: Access,
  prelude: Uint8Array,
  compressed: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array>;

/** Where the bytes of an archive come from, and what decodes those that need a program or library. */
export interface ArchiveBytes {
  readArchive: ReadArchive;
  decodeFrames?: DecodeFrames | undefined;
}

/**
 * Reads members of one archive by range, one at a time. What was decoded last is kept, so that members in the order of
 * the archive cost one pass over it, however small they are.
 *
 * A content is not verified: the caller must compare it with the member's digest before it is shown. The spans of the
 * archive are verified by their digests as far as they are read; if the member has no digest of its own, that is to the
 * end of the last span.
 */
export class MemberReader {
  readonly #index: IndexReader;
  readonly #source: ArchiveBytes;
  #run: DecodedRun | undefined;

  constructor(index: IndexReader, source: ArchiveBytes) {
    this.#index = index;
    this.#source = source;
  }

  /**
   * The content of a member. Holes of a sparse member are pieces that `isHole` recognizes.
   * @throws Damage if the archive does not match the index
   */
  async *read(member: IndexedMember): AsyncGenerator<Uint8Array> {
    const stored = this.#stored(member, 0);
    if (!member.sparse) yield* stored;
    else if (member.sparseMap !== undefined) yield* expandSparse(stored, member.sparseMap, member.sizeBytes);
    else throw formatDamage('unsupported', 'the index has no map of this sparse member; use --stream');
  }

  /**
   * The content of a member that is not sparse, from an offset to its end. Decoding starts at the last checkpoint
   * before the offset.
   * @throws Damage
   */
  async *readFrom(member: IndexedMember, offset: number): AsyncGenerator<Uint8Array> {
    if (member.sparse) throw formatDamage('unsupported', 'a sparse member cannot be read from an offset');
    yield* this.#stored(member, offset);
  }

  /** Ends the reading of the archive; another member begins it again. */
  async close(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    await run?.close();
  }

  async *#stored(member: IndexedMember, offset: number): AsyncGenerator<Uint8Array> {
    const start = member.dataAt + offset;
    const end = member.dataAt + member.storedBytes;
    const { access, uncompressedBytes } = this.#index.footer.meta;
    if (end > uncompressedBytes)
      throw formatDamage('corrupt', 'the index has a member after the end of the archive');
    if (start === end) return;
    if (access === 'plain') {
      yield* exactly(this.#source.readArchive(start, end), end - start);
      return;
    }
    if (this.#run?.covers(start, end) !== true) {
      // Before another one is opened: some decoders can run only once at a time.
      await this.close();
      this.#run = await this.#decode(access, start, end);
    }
    const run = this.#run;
    yield* run.read(start, end);
    if (member.sha256 === undefined) await run.finish();
  }

  async #decode(access: Access, start: number, end: number): Promise<DecodedRun> {
    const { readArchive, decodeFrames } = this.#source;
    const spans = await this.#index.checkpoints(start, end);
    const first = spans[0];
    const last = spans.at(-1);
    if (first === undefined || last === undefined)
      throw formatDamage('corrupt', 'the index has no checkpoint for this position');
    const compressed = checkedSpans(readArchive(first.compressedAt, last.compressedEnd), spans);
    const window = unpackWindow(first);
    if (access === 'gzip')
      return new DecodedRun(inflateFrom(compressed, first.bit, window), first.outputAt, last.outputEnd);
    if (decodeFrames === undefined) throw formatDamage('unsupported', `no decoder for ${access} by range`);
    return new DecodedRun(decodeFrames(access, window, compressed), first.outputAt, last.outputEnd);
  }
}

/** The content of one member, like `MemberReader`. @throws Damage */
export async function* readMember(
  index: IndexReader,
  member: IndexedMember,
  source: ArchiveBytes,
): AsyncGenerator<Uint8Array> {
  const reader = new MemberReader(index, source);
  try {
    yield* reader.read(member);
  } finally {
    await reader.close();
  }
}

/** Passes on the bytes of the spans, and throws at the end of a span whose digest does not match. */
async function* checkedSpans(
  source: AsyncIterable<Uint8Array>,
  spans: readonly Checkpoint[],
): AsyncGenerator<Uint8Array> {
  const base = spans[0]?.compressedAt ?? 0;
  const open = spans.map((span) => ({ span, hash: createHash('sha256') }));
  let at = base;
  for await (const chunk of source) {
    const end = at + chunk.length;
    for (const { span, hash } of open) {
      if (span.compressedAt >= end) break;
      hash.update(chunk.subarray(Math.max(0, span.compressedAt - at), Math.max(0, span.compressedEnd - at)));
    }
    while (open[0] !== undefined && open[0].span.compressedEnd <= end) {
      const done = open.shift();
      if (done !== undefined && !done.hash.digest().equals(done.span.spanSha256)) throw changed();
    }
    at = end;
    yield chunk;
  }
  if (open.length > 0) throw changed();
}

function changed(): Error {
  return formatDamage('corrupt', 'a span of the archive does not match its digest in the index');
}

async function* exactly(source: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const bytes of source) {
    left -= bytes.length;
    if (left < 0) break;
    yield bytes;
  }
  if (left !== 0)
    throw formatDamage('corrupt', 'the store returned a different number of bytes than requested');
}
