import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { ByteWriter } from './bytes.js';
import { CHECKPOINT_OVERHEAD_BYTES, type Checkpoint, writeCheckpoint } from './checkpoint.js';
import { chunkBits, chunkOf, type DigestChunk, digestEntry } from './digests.js';
import {
  type CheckpointGroup,
  type IndexVersion,
  MAX_DIRECTORY_ENTRIES,
  type MemberBlock,
  writeFooter,
  writeIndexHeader,
} from './footer.js';
import { BlockWriter, digestOf, sharedPrefix } from './member.js';
import type { IndexMeta } from './meta.js';

/** Smaller blocks compress badly; larger ones make a lookup fetch more than it needs. */
const SMALLEST_BLOCK_BYTES = 32_768;

/**
 * Writes an index sequentially: header, checkpoints in archive order, members sorted by key, footer, trailer. Uses
 * memory for a few numbers per checkpoint, whatever the number of members.
 */
export class IndexWriter {
  readonly #write: (bytes: Uint8Array) => void;
  #at = 0;
  readonly #records: { outputAt: number; at: number; length: number }[] = [];
  readonly #blocks: MemberBlock[] = [];
  readonly #block = new BlockWriter();
  #blockTarget = SMALLEST_BLOCK_BYTES;
  #separator: Uint8Array = new Uint8Array(0);
  #previousKey: Uint8Array | undefined;
  #members = 0;
  readonly #digests: DigestChunk[] = [];

  /** @param write receives the bytes of the index in order; must store or copy them before it returns */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
    this.#append(writeIndexHeader());
  }

  /** Bytes used by checkpoints so far. */
  get checkpointBytes(): number {
    return this.#records.reduce((sum, record) => sum + record.length, 0);
  }

  addCheckpoint(checkpoint: Checkpoint): void {
    const bytes = new ByteWriter();
    writeCheckpoint(bytes, checkpoint);
    this.#records.push({ outputAt: checkpoint.outputAt, at: this.#at, length: bytes.length });
    this.#append(bytes.view());
  }

  /** Announces the total size of all records, before the first member. It determines the number of blocks. */
  expectMembers(totalBytes: number): void {
    this.#blockTarget = Math.max(SMALLEST_BLOCK_BYTES, Math.ceil(totalBytes / MAX_DIRECTORY_ENTRIES));
  }

  /**
   * Adds a member. Members must be sorted by key and, for equal keys, in archive order. Returns the member's entry for
   * the digest table, if it has a digest.
   */
  addMember(key: Uint8Array, details: Uint8Array): Uint8Array | undefined {
    if (this.#block.count > 0 && this.#block.length + key.length + details.length > this.#blockTarget)
      this.#endBlock();
    if (this.#block.count === 0 && this.#previousKey !== undefined)
      this.#separator = between(this.#previousKey, key);
    this.#block.add(key, details);
    this.#previousKey = key;
    this.#members += 1;
    const digest = digestOf(details);
    return digest === undefined ? undefined : digestEntry(digest, this.#blocks.length);
  }

  /** Adds the `count` entries that `addMember` returned, sorted. Call once, after the last member. */
  addDigests(entries: Iterable<Uint8Array>, count: number): void {
    if (this.#block.count > 0) this.#endBlock();
    const bits = chunkBits(count);
    const chunk = new ByteWriter();
    for (const entry of entries) {
      const number = chunkOf(entry, bits);
      while (this.#digests.length < number) this.#endChunk(chunk);
      chunk.raw(entry);
    }
    while (this.#digests.length < 2 ** bits) this.#endChunk(chunk);
  }

  /** Finishes the index. Fills in what the writer counted itself (members, checkpoints). */
  finish(
    meta: Omit<IndexMeta, 'members' | 'checkpoints'>,
    version: IndexVersion = 1,
  ): { sizeBytes: number; memberTableBytes: number } {
    const groups = this.#groups();
    const counted = { ...meta, members: this.#members, checkpoints: this.#records.length };
    this.#append(
      writeFooter({ meta: counted, groups, blocks: this.#blocks, digests: this.#digests }, this.#at, version),
    );
    return {
      sizeBytes: this.#at,
      memberTableBytes: this.#blocks.reduce((sum, block) => sum + block.length, 0),
    };
  }

  #endBlock(): void {
    const members = this.#block.count;
    const raw = this.#block.take();
    const packed = deflateRawSync(raw, { level: 6 });
    this.#blocks.push({
      at: this.#at,
      length: packed.length,
      rawLength: raw.length,
      members,
      sha256: createHash('sha256').update(packed).digest(),
      separator: this.#separator,
    });
    this.#append(packed);
  }

  #endChunk(chunk: ByteWriter): void {
    const bytes = chunk.view();
    this.#digests.push({
      at: this.#at,
      length: bytes.length,
      sha256: createHash('sha256').update(bytes).digest(),
    });
    this.#append(bytes);
    chunk.clear();
  }

  #groups(): CheckpointGroup[] {
    const size = Math.max(1, Math.ceil(this.#records.length / MAX_DIRECTORY_ENTRIES));
    const groups: CheckpointGroup[] = [];
    for (let i = 0; i < this.#records.length; i += size) {
      const part = this.#records.slice(i, i + size);
      const first = part[0];
      if (first === undefined) break;
      const length = part.reduce((sum, record) => sum + record.length, 0);
      groups.push({ outputAt: first.outputAt, at: first.at, length, count: part.length });
    }
    return groups;
  }

  #append(bytes: Uint8Array): void {
    this.#write(bytes);
    this.#at += bytes.length;
  }
}

/** The shortest key that sorts after `before` and not after `key`; `key` itself if the two are equal. */
function between(before: Uint8Array, key: Uint8Array): Uint8Array {
  return Buffer.from(key.subarray(0, sharedPrefix(before, key) + 1));
}

/** Whether a checkpoint here would take more than 1/200 of the archive since the last one. */
export function overBudget(packedWindowBytes: number, compressedBytes: number): boolean {
  return (CHECKPOINT_OVERHEAD_BYTES + packedWindowBytes) * 200 > compressedBytes;
}
