import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { MemoryCatalog } from '../support/s3.js';

/** A row of an inventory; what is left out is unremarkable. */
export interface Row {
  key: string;
  sizeBytes: number;
  lastModifiedMs: number;
  versionId?: string;
  isLatest?: boolean;
  isDeleteMarker?: boolean;
  storageClass?: string;
  accessTier?: string;
}

export interface Published {
  /** Where its manifest.json is. */
  url: string;
  manifestKey: string;
  manifest: ManifestDocument;
}

export interface ManifestDocument {
  sourceBucket: string;
  destinationBucket: string;
  version: string;
  creationTimestamp: string;
  fileFormat: string;
  fileSchema: string;
  files: { key: string; size: number; MD5checksum: string }[];
}

export interface InventoryOptions {
  format?: 'CSV' | 'Parquet';
  versions?: boolean;
  /** With the storage class and the access tier of every object. */
  classes?: boolean;
  createdAtMs?: number;
  bucket?: string;
  /** Data files that the rows are dealt out to. */
  files?: number;
  /** Changes the manifest before it is written, with its checksum. */
  change?: (manifest: ManifestDocument) => object;
}

const CONFIG = 'inventories/bucket/daily';
const VERSION_FIELDS = ['VersionId', 'IsLatest', 'IsDeleteMarker'];

/** Every object of a bucket, as the rows of its inventory. */
export function rowsOf(catalog: MemoryCatalog): Row[] {
  return Array.from({ length: catalog.length }, (_, i) => catalog.at(i));
}

/** Writes an inventory as S3 does: data files, `manifest.json`, `manifest.checksum`. */
export async function publish(
  to: MemoryCatalog,
  rows: readonly Row[],
  options: InventoryOptions = {},
): Promise<Published> {
  const { format = 'CSV', createdAtMs = Date.now(), files = 2 } = options;
  const dealt = Array.from({ length: files }, (_, file) =>
    rows.filter((_row, i) => i % files === file).reverse(),
  );
  const contents = format === 'CSV' ? dealt.map((part) => csv(part, options)) : await parquet(dealt, options);
  const names = contents.map(
    (_, i) => `${CONFIG}/data/file-${i}${format === 'CSV' ? '.csv.gz' : '.parquet'}`,
  );
  for (const [i, content] of contents.entries()) to.add(names[i] ?? '', { content });
  const manifest = {
    sourceBucket: 'bucket',
    destinationBucket: 'arn:aws:s3:::inventory',
    version: '2016-11-30',
    creationTimestamp: String(createdAtMs),
    fileFormat: format,
    fileSchema: format === 'CSV' ? csvSchema(options) : parquetSchema(options),
    files: contents.map((content, i) => ({
      key: names[i] ?? '',
      size: content.length,
      MD5checksum: md5(content),
    })),
  };
  return publishManifest(to, manifest, options.change);
}

export function publishManifest(
  to: MemoryCatalog,
  manifest: ManifestDocument,
  change: (manifest: ManifestDocument) => object = (same) => same,
): Published {
  const date = new Date(Number(manifest.creationTimestamp)).toISOString().slice(0, 16).replace(':', '-');
  const manifestKey = `${CONFIG}/${date}Z/manifest.json`;
  const text = JSON.stringify(change(manifest));
  to.add(manifestKey, { content: text });
  to.add(manifestKey.replace('.json', '.checksum'), { content: `${md5(text)}\n` });
  return { url: `s3://inventory/${manifestKey}`, manifestKey, manifest };
}

export function md5(content: Buffer | string): string {
  return createHash('md5').update(content).digest('hex');
}

const CLASS_FIELDS = ['StorageClass', 'IntelligentTieringAccessTier'];

function csvSchema({ versions, classes }: InventoryOptions): string {
  const fields = ['Bucket', 'Key', ...(versions ? VERSION_FIELDS : []), 'Size', 'LastModifiedDate', 'ETag'];
  return [...fields, ...(classes ? CLASS_FIELDS : [])].join(', ');
}

function parquetSchema({ versions, classes }: InventoryOptions): string {
  const tail = classes
    ? ' optional binary storage_class (STRING); optional binary intelligent_tiering_access_tier (STRING);'
    : '';
  const more = versions
    ? 'optional binary version_id (STRING); optional boolean is_latest; optional boolean is_delete_marker; '
    : '';
  return `message s3.inventory { required binary bucket (STRING); required binary key (STRING); ${more}optional int64 size; optional int64 last_modified_date (TIMESTAMP(MILLIS,true)); optional binary e_tag (STRING);${tail} }`;
}

/** As S3 encodes a key: what is special in a query too, a space as a plus; slashes stay. */
function encodeKey(key: string): string {
  return key
    .split('/')
    .map((segment) => new URLSearchParams({ k: segment }).toString().slice(2))
    .join('/');
}

function csv(
  rows: readonly Row[],
  { versions = false, classes = false, bucket = 'bucket' }: InventoryOptions,
): Buffer {
  const lines = rows.map((row) => {
    const version = [row.versionId ?? '', String(row.isLatest ?? true), String(row.isDeleteMarker ?? false)];
    const size = row.isDeleteMarker ? '' : String(row.sizeBytes);
    const date = new Date(row.lastModifiedMs).toISOString();
    const fields = [
      bucket,
      encodeKey(row.key),
      ...(versions ? version : []),
      size,
      date,
      'd41d8cd98f00b204e9800998ecf8427e',
      ...(classes ? [row.storageClass ?? 'STANDARD', row.accessTier ?? ''] : []),
    ];
    return `${fields.map((field) => `"${field}"`).join(',')}\n`;
  });
  return gzipSync(lines.join(''));
}

/** By DuckDB itself, with the columns and types that S3 writes. */
async function parquet(
  dealt: readonly (readonly Row[])[],
  { versions = false, classes = false, bucket = 'bucket' }: InventoryOptions,
): Promise<Buffer[]> {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-parquet-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const contents: Buffer[] = [];
    for (const [i, rows] of dealt.entries()) {
      const path = join(directory, `${i}.parquet`);
      const columns = `bucket, decode(key) AS key, ${versions ? 'version_id, is_latest, is_delete_marker, ' : ''}size, make_timestamptz(ms * 1000) AS last_modified_date, '' AS e_tag${classes ? ', storage_class, intelligent_tiering_access_tier' : ''}`;
      await connection.run(
        'CREATE OR REPLACE TABLE t (bucket VARCHAR, key BLOB, version_id VARCHAR, is_latest BOOLEAN, is_delete_marker BOOLEAN, size BIGINT, ms BIGINT, storage_class VARCHAR, intelligent_tiering_access_tier VARCHAR)',
      );
      const appender = await connection.createAppender('t');
      for (const row of rows) {
        appender.appendVarchar(bucket);
        appender.appendBlob(Buffer.from(row.key));
        appender.appendVarchar(row.versionId ?? '');
        appender.appendBoolean(row.isLatest ?? true);
        appender.appendBoolean(row.isDeleteMarker ?? false);
        if (row.isDeleteMarker) appender.appendNull();
        else appender.appendBigInt(BigInt(row.sizeBytes));
        appender.appendBigInt(BigInt(row.lastModifiedMs));
        appender.appendVarchar(row.storageClass ?? 'STANDARD');
        appender.appendVarchar(row.accessTier ?? '');
        appender.endRow();
      }
      appender.closeSync();
      await connection.run(`COPY (SELECT ${columns} FROM t) TO '${path}' (FORMAT parquet)`);
      contents.push(readFileSync(path));
    }
    return contents;
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(directory, { recursive: true });
  }
}
