import { Buffer } from 'node:buffer';
import { formatDamage } from '../damage.js';
import { decodeName, encodeName, MAX_NAME_BYTES, normaliseName } from '../names.js';
import type { MemberKind, TarMember } from '../tar/member.js';
import type { SparseMap, SparseSegment } from '../tar/sparse.js';
import { ByteReader, ByteWriter } from './bytes.js';

/** A member, as recorded in the index. */
export interface IndexedMember {
  /** Without leading `./` and trailing slashes: the name for lookups. */
  name: string;
  kind: MemberKind;
  sizeBytes: number;
  mtimeSeconds: number;
  mtimeNanoseconds: number;
  /** The target of a link, as stored. */
  linkName: string;
  /** Whether its stored bytes differ from its content. */
  sparse: boolean;
  /** The map of its content; absent in a version 1 index, and if the map is too long. */
  sparseMap?: SparseMap;
  headerAt: number;
  dataAt: number;
  storedBytes: number;
  /** The digest of a regular file's expanded content, in lower-case hex. */
  sha256: string | undefined;
}

const KINDS: readonly MemberKind[] = [
  'file',
  'hardlink',
  'symlink',
  'directory',
  'character',
  'block',
  'fifo',
  'volume',
  'continued',
  'other',
];

const HAS_SHA256 = 1;
const SPARSE = 2;
const HAS_NANOSECONDS = 4;
const HAS_SPARSE_MAP = 8;
const KNOWN_FLAGS = HAS_SHA256 | SPARSE | HAS_NANOSECONDS | HAS_SPARSE_MAP;

/** A longer map is omitted so that no record exceeds a block. Such a member can be read only by streaming. */
const MAX_MAP_SEGMENTS = 16_384;

/** Whether a member's record has a sparse map, which requires version 2. */
export function hasIndexedMap({ sparseMap }: Pick<TarMember, 'sparseMap'>): boolean {
  return sparseMap !== undefined && sparseMap.length <= MAX_MAP_SEGMENTS;
}

/** The key by which members are sorted and found. */
export function memberKey(name: string): Uint8Array {
  return encodeName(normaliseName(name));
}

/** Encodes everything in a record except the name. */
export function encodeDetails(to: ByteWriter, member: TarMember, sha256: Uint8Array | undefined): void {
  const flags =
    (sha256 === undefined ? 0 : HAS_SHA256) |
    (member.sparse ? SPARSE : 0) |
    (member.mtimeNanoseconds === 0 ? 0 : HAS_NANOSECONDS) |
    (hasIndexedMap(member) ? HAS_SPARSE_MAP : 0);
  to.u8(KINDS.indexOf(member.kind)).u8(flags);
  to.varint(member.dataAt).varint(member.dataAt - member.headerAt);
  to.varint(member.sizeBytes).zigzag(member.mtimeSeconds);
  if (member.mtimeNanoseconds !== 0) to.varint(member.mtimeNanoseconds);
  if (member.sparse) to.varint(member.storedBytes);
  if (hasIndexedMap(member)) encodeMap(to, member.sparseMap ?? []);
  if (member.kind === 'hardlink' || member.kind === 'symlink') {
    const link = encodeName(member.linkName);
    to.varint(link.length).raw(link);
  }
  if (sha256 !== undefined) to.raw(sha256);
}

/** Encodes each segment as the length of the hole before it and its own length. */
function encodeMap(to: ByteWriter, map: SparseMap): void {
  to.varint(map.length);
  let end = 0;
  for (const { at, bytes } of map) {
    to.varint(at - end).varint(bytes);
    end = at + bytes;
  }
}

function readMap(reader: ByteReader, sizeBytes: number, storedBytes: number): SparseMap {
  const count = reader.varint();
  if (count > MAX_MAP_SEGMENTS) throw broken();
  const map: SparseSegment[] = [];
  let end = 0;
  let stored = 0;
  for (let i = 0; i < count; i += 1) {
    const at = end + reader.varint();
    const bytes = reader.varint();
    map.push({ at, bytes });
    end = at + bytes;
    stored += bytes;
  }
  if (end > sizeBytes || stored !== storedBytes) throw broken();
  return map;
}

/** The digest in encoded details, if they have one: the last bytes. */
export function digestOf(details: Uint8Array): Uint8Array | undefined {
  const flags = details[1] ?? 0;
  return (flags & HAS_SHA256) === 0 ? undefined : details.subarray(details.length - 32);
}

function readDetails(reader: ByteReader, name: string): IndexedMember {
  const kind = KINDS[reader.u8()];
  const flags = reader.u8();
  if (kind === undefined || (flags & ~KNOWN_FLAGS) !== 0) throw broken();
  const dataAt = reader.varint();
  const headerAt = dataAt - reader.varint();
  const sizeBytes = reader.varint();
  const mtimeSeconds = reader.zigzag();
  const mtimeNanoseconds = (flags & HAS_NANOSECONDS) === 0 ? 0 : reader.varint();
  const sparse = (flags & SPARSE) !== 0;
  const storedBytes = sparse ? reader.varint() : sizeBytes;
  const hasMap = (flags & HAS_SPARSE_MAP) !== 0;
  const sparseMap = hasMap ? { sparseMap: readMap(reader, sizeBytes, storedBytes) } : {};
  const linked = kind === 'hardlink' || kind === 'symlink';
  const linkName = linked ? decodeName(reader.raw(reader.varint())) : '';
  const sha256 = (flags & HAS_SHA256) === 0 ? undefined : Buffer.from(reader.raw(32)).toString('hex');
  if (headerAt < 0 || mtimeNanoseconds >= 1e9) throw broken();
  return {
    name,
    kind,
    sizeBytes,
    mtimeSeconds,
    mtimeNanoseconds,
    linkName,
    sparse,
    ...sparseMap,
    headerAt,
    dataAt,
    storedBytes,
    sha256,
  };
}

/** Builds one block of the member table: records in order, names front-coded. */
export class BlockWriter {
  readonly #bytes = new ByteWriter();
  #previous: Uint8Array = new Uint8Array(0);
  count = 0;

  get length(): number {
    return this.#bytes.length;
  }

  add(key: Uint8Array, details: Uint8Array): void {
    const shared = sharedPrefix(this.#previous, key);
    this.#bytes
      .varint(shared)
      .varint(key.length - shared)
      .raw(key.subarray(shared))
      .raw(details);
    this.#previous = key;
    this.count += 1;
  }

  /** Returns the bytes of the block and starts a new one. */
  take(): Uint8Array {
    const bytes = this.#bytes.view().slice();
    this.#bytes.clear();
    this.#previous = new Uint8Array(0);
    this.count = 0;
    return bytes;
  }
}

/** The records of one block, sorted by name and, for equal names, in archive order. @throws Damage */
export function* readBlock(bytes: Uint8Array): Generator<IndexedMember> {
  const reader = new ByteReader(bytes);
  let previous: Uint8Array = new Uint8Array(0);
  while (reader.left > 0) {
    const shared = reader.varint();
    const suffix = reader.varint();
    if (shared > previous.length || shared + suffix > MAX_NAME_BYTES) throw broken();
    const key = new Uint8Array(shared + suffix);
    key.set(previous.subarray(0, shared));
    key.set(reader.raw(suffix), shared);
    if (Buffer.compare(key, previous) < 0) throw broken();
    previous = key;
    yield readDetails(reader, decodeName(key));
  }
}

export function sharedPrefix(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a[i] === b[i]) i += 1;
  return i;
}

function broken(): Error {
  return formatDamage('corrupt', 'a member record is damaged');
}
