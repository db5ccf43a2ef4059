import { createHash } from 'node:crypto';
import { formatDamage } from './damage.js';
import { inflateFrom } from './gzip/ranged.js';
import { type Checkpoint, unpackWindow } from './index/checkpoint.js';
import type { IndexedMember } from './index/member.js';
import type { Access } from './index/meta.js';
import type { IndexReader } from './index/reader.js';
import { expandSparse } from './tar/sparse.js';

/** Reads bytes `start` to `end` of the archive, bound to the version that the index was built from. */
export type ReadArchive = (start: number, end: number) => AsyncIterable<Uint8Array>;

/** Decodes archive bytes that start at a checkpoint and need a program or library; `prelude` goes first. */
export type DecodeFrames = (
  access: Access,
  prelude: Uint8Array,
  compressed: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array>;

/**
 * Reads the content of a member by range. Holes of a sparse member are pieces that `isHole` recognizes. The content is
 * not verified: the caller must compare it with the member's digest before it is shown. The spans of the archive are
 * verified by their digests as far as they are read; if the member has no digest of its own, that is to the end of the
 * last span.
 * @throws Damage if the archive does not match the index
 */
export async function* readMember(
  index: IndexReader,
  member: IndexedMember,
  readArchive: ReadArchive,
  decodeFrames: DecodeFrames | undefined = undefined,
): AsyncGenerator<Uint8Array> {
  const stored = readStored(index, member, { readArchive, decodeFrames, from: 0 });
  if (!member.sparse) yield* stored;
  else if (member.sparseMap !== undefined) yield* expandSparse(stored, member.sparseMap, member.sizeBytes);
  else throw formatDamage('unsupported', 'the index has no map of this sparse member; use --stream');
}

interface ReadFrom {
  readArchive: ReadArchive;
  decodeFrames: DecodeFrames | undefined;
  /** How many of the first bytes to skip. */
  from: number;
}

/**
 * Reads the content of a member that is not sparse from an offset to its end, like `readMember`. Decoding starts at the
 * last checkpoint before the offset.
 * @throws Damage
 */
export async function* readMemberFrom(
  index: IndexReader,
  member: IndexedMember,
  reading: ReadFrom,
): AsyncGenerator<Uint8Array> {
  if (member.sparse) throw formatDamage('unsupported', 'a sparse member cannot be read from an offset');
  yield* readStored(index, member, reading);
}

async function* readStored(
  index: IndexReader,
  member: IndexedMember,
  { readArchive, decodeFrames, from }: ReadFrom,
): AsyncGenerator<Uint8Array> {
  const start = member.dataAt + from;
  const end = member.dataAt + member.storedBytes;
  const { access, uncompressedBytes } = index.footer.meta;
  if (end > uncompressedBytes)
    throw formatDamage('corrupt', 'the index has a member after the end of the archive');
  if (start === end) return;
  if (access === 'plain') {
    yield* exactly(readArchive(start, end), end - start);
    return;
  }
  const spans = await index.checkpoints(start, end);
  const first = spans[0];
  const last = spans.at(-1);
  if (first === undefined || last === undefined)
    throw formatDamage('corrupt', 'the index has no checkpoint for this position');
  const compressed = checkedSpans(readArchive(first.compressedAt, last.compressedEnd), spans);
  const output =
    access === 'gzip'
      ? inflateFrom(compressed, first.bit, unpackWindow(first))
      : decodeFrames === undefined
        ? undefined
        : decodeFrames(access, unpackWindow(first), compressed);
  if (output === undefined) throw formatDamage('unsupported', `no decoder for ${access} by range`);
  const toTheEnd = member.sha256 === undefined;
  yield* slice(output, start - first.outputAt, end - start, toTheEnd);
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

async function* slice(
  output: AsyncIterable<Uint8Array>,
  skipBytes: number,
  takeBytes: number,
  toTheEnd: boolean,
): AsyncGenerator<Uint8Array> {
  let skip = skipBytes;
  let left = takeBytes;
  for await (const bytes of output) {
    const from = Math.min(skip, bytes.length);
    skip -= from;
    const part = bytes.subarray(from, Math.min(bytes.length, from + left));
    left -= part.length;
    if (part.length > 0) yield part;
    if (left === 0 && !toTheEnd) return;
  }
  if (left > 0) throw formatDamage('corrupt', 'a span of the archive is shorter than the index says');
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
