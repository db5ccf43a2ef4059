import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { counted } from '../../core/pluralize.js';
import { formatDamage } from '../damage.js';
import { ByteReader, ByteWriter } from './bytes.js';
import type { DigestChunk } from './digests.js';
import { type IndexMeta, metaFromJson, metaToJson } from './meta.js';

/** The format is described in `docs/formats.md`. */
const INDEX_MAGIC = Buffer.from('SALVORIX', 'latin1');
/** Version 2 has the maps of sparse members. An index without sparse members is written as version 1. */
export type IndexVersion = 1 | 2;
const NEWEST_VERSION: IndexVersion = 2;
export const HEADER_BYTES = 16;
export const TRAILER_BYTES = 64;
/** The first GET of a reader: enough for the trailer, footer, and all directories of nearly every index. */
export const FIRST_READ_BYTES = 262_144;
/** The maximum number of entries in a directory, for archives of any size, so that the footer stays small. */
export const MAX_DIRECTORY_ENTRIES = 1024;
/** Larger footers, such as one with 1,024 separators of 64 KiB, are rejected as hostile. */
const MAX_FOOTER_BYTES = 16 * 1024 * 1024;
const MAX_META_BYTES = 65_536;

/** One run of consecutive checkpoint records. */
export interface CheckpointGroup {
  /** Output offset of its first checkpoint. */
  outputAt: number;
  /** Its bytes in the index. */
  at: number;
  length: number;
  count: number;
}

/** One block of the member table. */
export interface MemberBlock {
  at: number;
  length: number;
  /** Uncompressed length. */
  rawLength: number;
  members: number;
  /** SHA-256 of the compressed bytes. */
  sha256: Uint8Array;
  /** No name in this block sorts before it, and no name in earlier blocks sorts after it. */
  separator: Uint8Array;
}

export interface Footer {
  meta: IndexMeta;
  groups: CheckpointGroup[];
  blocks: MemberBlock[];
  /** A power of two of chunks, ordered by the first bits of the digests. */
  digests: DigestChunk[];
}

/** The end of an index: the footer followed by the trailer. */
export function writeFooter(footer: Footer, at: number, version: IndexVersion): Uint8Array {
  const to = new ByteWriter();
  const meta = Buffer.from(JSON.stringify(metaToJson(footer.meta)), 'utf8');
  to.u32(meta.length).raw(meta);
  to.u32(footer.groups.length);
  for (const group of footer.groups) to.u64(group.outputAt).u64(group.at).u32(group.length).u32(group.count);
  to.u32(footer.blocks.length);
  for (const block of footer.blocks) {
    to.u64(block.at).u32(block.length).u32(block.rawLength).u32(block.members).raw(block.sha256);
    to.u32(block.separator.length).raw(block.separator);
  }
  to.u32(footer.digests.length);
  for (const chunk of footer.digests) to.u64(chunk.at).u32(chunk.length).raw(chunk.sha256);
  const body = to.view().slice();
  const trailer = new ByteWriter().u64(at).u32(body.length).u32(0);
  trailer.raw(sha256(body)).u32(version).u32(0).raw(INDEX_MAGIC);
  return Buffer.concat([body, trailer.view()]);
}

/** The first bytes of an index. The authoritative version is in the trailer. */
export function writeIndexHeader(): Uint8Array {
  return new ByteWriter().raw(INDEX_MAGIC).u32(1).u32(0).view().slice();
}

export interface Trailer {
  footerAt: number;
  footerLength: number;
  footerSha256: Uint8Array;
}

/** Reads the last 64 bytes of an index of `sizeBytes`. @throws Damage */
export function readTrailer(bytes: Uint8Array, sizeBytes: number): Trailer {
  if (bytes.length !== TRAILER_BYTES) throw broken('it is too short');
  const reader = new ByteReader(bytes);
  const footerAt = reader.u64();
  const footerLength = reader.u32();
  reader.u32();
  const footerSha256 = reader.raw(32).slice();
  const version = reader.u32();
  reader.u32();
  if (!INDEX_MAGIC.equals(reader.raw(8))) throw broken('it does not end with an index trailer');
  if (version < 1 || version > NEWEST_VERSION)
    throw formatDamage('unsupported', `index version ${version} is not supported`);
  if (footerAt + footerLength + TRAILER_BYTES !== sizeBytes) throw broken('it was truncated or extended');
  if (footerLength > MAX_FOOTER_BYTES)
    throw formatDamage('limit', `the index footer is too large (${counted(footerLength, 'byte')})`);
  return { footerAt, footerLength, footerSha256 };
}

/** Reads the footer that a trailer points to. @throws Damage */
export function readFooter(bytes: Uint8Array, trailer: Trailer): Footer {
  if (bytes.length !== trailer.footerLength || !sha256(bytes).equals(trailer.footerSha256)) {
    throw broken('its footer does not match its digest');
  }
  const reader = new ByteReader(bytes);
  const metaLength = reader.u32();
  if (metaLength > MAX_META_BYTES) throw broken('its metadata is too long');
  const meta = metaFromJson(Buffer.from(reader.raw(metaLength)).toString('utf8'));
  const groups = readGroups(reader, trailer.footerAt);
  const blocks = readBlocks(reader, trailer.footerAt);
  if (blocks.reduce((sum, block) => sum + block.members, 0) !== meta.members)
    throw broken('its member blocks do not add up to its members');
  const digests = readDigests(reader, trailer.footerAt);
  if (reader.left !== 0) throw broken('its footer is too long');
  return { meta, groups, blocks, digests };
}

function readGroups(reader: ByteReader, limit: number): CheckpointGroup[] {
  const count = reader.u32();
  if (count > MAX_DIRECTORY_ENTRIES) throw broken('it has too many checkpoint groups');
  const groups: CheckpointGroup[] = [];
  for (let i = 0; i < count; i += 1) {
    const group = { outputAt: reader.u64(), at: reader.u64(), length: reader.u32(), count: reader.u32() };
    const before = groups.at(-1);
    if (group.at + group.length > limit || group.count === 0)
      throw broken('a checkpoint group is out of range');
    if (before !== undefined && group.outputAt < before.outputAt)
      throw broken('its checkpoint groups are not in order');
    groups.push(group);
  }
  return groups;
}

function readBlocks(reader: ByteReader, limit: number): MemberBlock[] {
  const count = reader.u32();
  if (count > MAX_DIRECTORY_ENTRIES * 2) throw broken('it has too many member blocks');
  const blocks: MemberBlock[] = [];
  for (let i = 0; i < count; i += 1) {
    const block = {
      at: reader.u64(),
      length: reader.u32(),
      rawLength: reader.u32(),
      members: reader.u32(),
      sha256: reader.raw(32).slice(),
      separator: reader.raw(reader.u32()).slice(),
    };
    const before = blocks.at(-1);
    if (block.at + block.length > limit) throw broken('a member block is out of range');
    if (before !== undefined && block.at < before.at + before.length)
      throw broken('its member blocks overlap');
    if (before !== undefined && Buffer.compare(before.separator, block.separator) > 0) {
      throw broken('its member blocks are not in order');
    }
    blocks.push(block);
  }
  return blocks;
}

function readDigests(reader: ByteReader, limit: number): DigestChunk[] {
  const count = reader.u32();
  if (count > MAX_DIRECTORY_ENTRIES || (count & (count - 1)) !== 0 || count === 0) {
    throw broken('its digest table has an odd number of chunks');
  }
  return Array.from({ length: count }, () => {
    const chunk = { at: reader.u64(), length: reader.u32(), sha256: reader.raw(32).slice() };
    if (chunk.at + chunk.length > limit) throw broken('a part of its digest table is out of range');
    return chunk;
  });
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function broken(what: string): Error {
  return formatDamage('corrupt', `the index is damaged: ${what}`);
}
