import { z } from 'zod';
import { Failure } from '../core/failure.js';
import { printable } from '../core/printable.js';
import { csvColumns, type InventoryColumns, parquetColumns } from './columns.js';

/** A data file of a few hundred MB takes about 200 bytes here, so this is enough for 100 billion keys. */
export const MAX_MANIFEST_BYTES = 32 << 20;
const MAX_FILES = 100_000;
/** S3's limit for a key, in bytes. */
const MAX_KEY_BYTES = 1024;
/** Clocks rarely differ by more. An inventory from the future would never become too old. */
const MAX_AHEAD_MS = 15 * 60_000;

/** The manifest of one inventory. */
export interface Manifest {
  readonly sourceBucket: string;
  readonly format: 'CSV' | 'Parquet';
  readonly columns: InventoryColumns;
  /** When S3 started to scan the bucket. */
  readonly createdAtMs: number;
  readonly files: readonly DataFile[];
}

export interface DataFile {
  /** The whole key in the bucket to which the inventory was written. */
  readonly key: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly md5: string;
}

const dataFile = z.object({
  key: z
    .string()
    .min(1)
    .refine((key) => Buffer.byteLength(key) <= MAX_KEY_BYTES && isPlainPath(key), 'is not a key'),
  size: z.number().int().nonnegative(),
  MD5checksum: z.string().regex(/^[0-9a-fA-F]{32}$/, 'is not an MD5'),
});

const document = z.object({
  sourceBucket: z.string().min(3).max(255),
  fileFormat: z.string().max(100),
  fileSchema: z.string().max(100_000),
  creationTimestamp: z.string().regex(/^\d{1,15}$/, 'is not a time in milliseconds'),
  files: z.array(dataFile).max(MAX_FILES),
});

/**
 * Parses a `manifest.json` of S3 Inventory (version 2016-11-30).
 * @param url for messages
 * @throws Failure `inventory.manifest`, `inventory.format`, `inventory.fields`
 */
export function parseManifest(bytes: Buffer, url: string, nowMs: number): Manifest {
  const read = document.safeParse(parseJson(bytes, url));
  if (!read.success) {
    const issue = read.error.issues[0];
    throw badManifest(url, `${issue?.path.join('.') || 'document'}: ${issue?.message ?? 'not valid'}`);
  }
  const { sourceBucket, fileFormat, fileSchema, creationTimestamp, files } = read.data;
  const createdAtMs = Number(creationTimestamp);
  if (createdAtMs > nowMs + MAX_AHEAD_MS) throw badManifest(url, 'its creation time is in the future');
  const format = formatOf(fileFormat, url);
  return {
    sourceBucket,
    format,
    columns: format === 'CSV' ? csvColumns(fileSchema, url) : parquetColumns(fileSchema, url),
    createdAtMs,
    files: files.map(({ key, size, MD5checksum }) => ({
      key,
      sizeBytes: size,
      md5: MD5checksum.toLowerCase(),
    })),
  };
}

export function badManifest(url: string, problem: string): Failure {
  return new Failure(
    'inventory.manifest',
    `${printable(url)} is not a manifest of S3 Inventory: ${problem}`,
    {
      hint: 'use the url of the manifest.json of an S3 Inventory',
    },
  );
}

function parseJson(bytes: Buffer, url: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the document, which may be anything.
    throw badManifest(url, 'it is not JSON');
  }
}

/** S3 never writes such keys, and in a directory they would lead outside it. */
function isPlainPath(key: string): boolean {
  return !key.includes('\0') && !key.split('/').some((segment) => segment === '.' || segment === '..');
}

function formatOf(text: string, url: string): Manifest['format'] {
  if (text === 'CSV' || text === 'Parquet') return text;
  throw new Failure(
    'inventory.format',
    `${printable(url)} belongs to an inventory in the format ${JSON.stringify(text)}`,
    { hint: 'configure the inventory to be written as CSV or Apache Parquet' },
  );
}
