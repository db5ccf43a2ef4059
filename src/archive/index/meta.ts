import { formatDamage } from '../damage.js';

/** How members are reached. */
export type Access = 'plain' | 'gzip' | 'zstd' | 'xz' | 'stream-only';

/** The archive that an index belongs to, and what is in it. */
export interface IndexMeta {
  /** The archive's key in its store (a file's name, for `tee`). */
  archive: string;
  sizeBytes: number;
  /** What binds the index to one version of the object. Absent where the store has none, and after `tee`. */
  etag: string | undefined;
  /** The kind of store that gave the ETag: only there does it mean anything. */
  etagOf: 's3' | 'file' | undefined;
  /** SHA-256 of the whole archive, in hex. */
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

/** The description as a footer holds it. */
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

const ACCESSES: readonly string[] = ['plain', 'gzip', 'zstd', 'xz', 'stream-only'];

/** Reads a description. @throws Damage */
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
  const access = string('access');
  if (!ACCESSES.includes(access))
    throw formatDamage('unsupported', `an index with access ${JSON.stringify(access)}`);
  return {
    archive: string('archive'),
    sizeBytes: count('size_bytes'),
    etag: json.etag === null ? undefined : string('etag'),
    etagOf: json.etag_of === 's3' || json.etag_of === 'file' ? json.etag_of : undefined,
    sha256: string('sha256'),
    access: access as Access,
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
    // Falls through: not JSON.
  }
  throw broken('its description can not be read');
}

function broken(what: string): Error {
  return formatDamage('corrupt', `the index is damaged: ${what}`);
}
