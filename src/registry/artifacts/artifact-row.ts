import { quoteLiteral } from '../sql-script/literals.js';
import type { ArtifactRow, DigestEntry, MetadataAsRead } from './artifacts-port.js';
import { markerTime, OWN_MARKER } from './checksum-predicates.js';
import { rawValue, readMetadata } from './json-text-edit.js';
import { recordedOf, recordedText } from './recorded-columns.js';
import type { ArtifactShape } from './table-schema.js';

/** What is selected of the table `a`, joined with its digests `d`; with `whole` also all of the metadata. */
export function rowColumns(
  { id, type, path, metadata, digests }: ArtifactShape,
  keys: readonly string[],
  whole: boolean,
): string {
  const column = `a.${metadata.name}`;
  const taken = metadata.merges
    ? [
        `pg_catalog.jsonb_typeof(${column}) as kind`,
        ...keys.map((key, i) => `(${column} -> ${quoteLiteral(key)})::text as k${i}`),
        ...(whole ? [`${column}::text as raw`] : []),
      ]
    : [`${column}::text as raw`];
  return `a.${id.name}::text as id, a.${type.name}::text as type, a.${path.name}::text as path,
    ${column} is null as was_null, ${taken.join(', ')},
    ${digestColumns()}, ${recordedText(digests) ?? 'null::text'} as r_text`;
}

/** The columns of a digest entry `d`. */
export function digestColumns(): string {
  return `d.path as d_path, d.root as d_root, d.size_bytes::text as d_size, d.sha256 as d_sha256,
    (extract(epoch from d.mtime) * 1000000)::bigint::text as d_mtime, ${OWN_MARKER} as d_at,
    ${markerTime('d.verified_at')} as d_verified, d.recorded as d_recorded`;
}

/** A digest entry as its columns come out; all null where there is none. */
export interface RawDigest {
  d_path: string | null;
  d_root: string;
  d_size: string;
  d_mtime: string;
  d_sha256: string;
  d_at: string;
  d_verified: string | null;
  d_recorded: string | null;
}

/** As the columns come out. */
export interface RawRow extends RawDigest {
  id: string;
  type: string | null;
  path: string | null;
  was_null: boolean;
  kind?: string | null;
  raw?: string | null;
  r_text: string | null;
  [key: string]: unknown;
}

export function toArtifact(row: RawRow, keys: readonly string[], shape: ArtifactShape): ArtifactRow {
  const { id, type, path } = row;
  const metadata = shape.metadata.merges ? fromColumns(row, keys) : fromText(row.raw ?? null, keys);
  const recorded = recordedOf(shape.digests, { type, recorded: row.r_text, raw: row.raw ?? null });
  return { id, type, path, metadata, digest: digestOf(row), ...recorded };
}

function digestOf(row: RawRow): DigestEntry | null {
  if (row.d_path === null) return null;
  return {
    path: row.d_path,
    root: row.d_root,
    sizeBytes: Number(row.d_size),
    mtimeUs: BigInt(row.d_mtime),
    sha256: row.d_sha256,
    computedAt: row.d_at,
    verifiedAt: row.d_verified,
    recorded: row.d_recorded,
  };
}

function fromColumns(row: RawRow, keys: readonly string[]): MetadataAsRead {
  if (!row.was_null && row.kind !== 'object') {
    return { kind: 'bad', reason: `it is a JSON ${row.kind}, not an object` };
  }
  const values = keys.map((key, i) => [key, (row[`k${i}`] as string | null) ?? null]);
  return { kind: 'object', wasNull: row.was_null, keys: Object.fromEntries(values), raw: row.raw ?? null };
}

function fromText(raw: string | null, keys: readonly string[]): MetadataAsRead {
  const metadata = readMetadata(raw ?? '{}');
  if (metadata.kind === 'bad') return metadata;
  const values = keys.map((key) => [key, rawValue(raw ?? '{}', metadata, key)]);
  return { kind: 'object', wasNull: raw === null, keys: Object.fromEntries(values), raw };
}
