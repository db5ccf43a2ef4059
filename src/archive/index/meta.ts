import { isStoreKind, type StoreKind } from '../../core/store-url.js';
import { formatDamage } from '../damage.js';

const ACCESSES = ['plain', 'gzip', 'zstd', 'xz', 'stream-only'] as const;

/** How members are accessed. */
export type Access = (typeof ACCESSES)[number];

/** The archive that an index belongs to, and a summary of its contents. */
export interface IndexMeta {
  /** The key of the archive in its store (for `tee`, a file name). */
  archive: string;
  sizeBytes: number;
  /** Binds the index to one version of the object. Absent if the store has no ETags, and after `tee`. */
  etag: string | undefined;
  /** The kind of store that the ETag is from. It is meaningless in other kinds. */
  etagOf: StoreKind | undefined;
  /** The SHA-256 of the whole archive, in hex. */
  sha256: string;
  access: Access;
  /** How the tar is compressed: `none`, `gzip`, `zstd`, `xz`, `bzip2`. */
  compression: string;
  uncompressedBytes: number;
  members: number;
  checkpoints: number;
  spanBytes: number;
  /** The program that wrote it. */
  writer: string;
}

/** The metadata in the form of the footer. */
export function metaToJson(meta: IndexMeta): Record<string, unknown> {
  return {
    archive: meta.archive,
    size_bytes: meta.sizeBytes,
    etag: meta.etag ?? null,
    etag_of: meta.etagOf ?? null,
    sha256: meta.sha256,
    access: meta.access,
    compression: meta.compression,
    uncompressed_bytes: meta.uncompressedBytes,
    members: meta.members,
    checkpoints: meta.checkpoints,
    span_bytes: meta.spanBytes,
    writer: meta.writer,
  };
}

/** Parses the metadata. @throws Damage */
export function metaFromJson(text: string): IndexMeta {
  const json = parseObject(text);
  const string = (key: string): string => {
    const value = json[key];
    if (typeof value !== 'string') throw broken(`its ${key} is missing`);
    return value;
  };
  const count = (key: string): number => {
    const value = json[key];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw broken(`its ${key} is missing`);
    return value;
  };
  const named = string('access');
  const access = ACCESSES.find((known) => known === named);
  if (access === undefined)
    throw formatDamage('unsupported', `index access ${JSON.stringify(named)} is not supported`);
  return {
    archive: string('archive'),
    sizeBytes: count('size_bytes'),
    etag: json.etag === null ? undefined : string('etag'),
    etagOf: isStoreKind(json.etag_of) ? json.etag_of : undefined,
    sha256: string('sha256'),
    access,
    compression: string('compression'),
    uncompressedBytes: count('uncompressed_bytes'),
    members: count('members'),
    checkpoints: count('checkpoints'),
    spanBytes: count('span_bytes'),
    writer: string('writer'),
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch {
    // Fall through: not JSON.
  }
  throw broken('its metadata cannot be read');
}

function broken(what: string): Error {
  return formatDamage('corrupt', `the index is damaged: ${what}`);
}
