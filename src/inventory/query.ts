import { COLD_CLASSES } from '../core/storage-class.js';
import type { Field, InventoryColumns } from './columns.js';

/** S3's limit for a key, in bytes. */
const MAX_KEY_BYTES = 1024;
/** No line is longer: a key takes at most three times its bytes, and the other fields a few hundred. */
const MAX_LINE_BYTES = 64 << 10;
/**
 * Buffer size for CSV files. Each file and thread has several buffers, while the sort takes nearly all of the memory.
 * With buffers of 4 MB, DuckDB sometimes ran out of memory and failed.
 */
const CSV_BUFFER_BYTES = 1 << 20;

export interface InventorySource {
  readonly format: 'CSV' | 'Parquet';
  readonly columns: InventoryColumns;
  readonly bucket: string;
  /** Paths of the data files on this machine; at least one. */
  readonly paths: readonly string[];
}

/** The error for a row that no valid inventory contains. */
const BAD_ROW = 'a row lacks a value, is of another bucket, or has a key longer than any';

/** A type in the file, and the expression to select. */
const TYPES: Record<Field, string> = {
  bucket: 'VARCHAR',
  key: 'VARCHAR',
  version_id: 'VARCHAR',
  is_latest: 'BOOLEAN',
  is_delete_marker: 'BOOLEAN',
  size: 'BIGINT',
  last_modified_date: 'TIMESTAMP',
  storage_class: 'VARCHAR',
  intelligent_tiering_access_tier: 'VARCHAR',
};

/**
 * Selects the objects that a listing of the bucket shows, as `key`, `size`, `ms` and `cold`: latest versions that are
 * not delete markers. `cold` is 0, or the position (from 1) of the storage class in `COLD_CLASSES`. `condition` is SQL
 * over `key`. Any invalid row, selected or not, ends the query with `BAD_ROW`.
 */
export function objectsSql(source: InventorySource, condition: string): string {
  const { at } = source.columns;
  const isVersioned = at.has('is_latest');
  const live = isVersioned ? 'is_latest AND NOT is_delete_marker' : 'true';
  const bad = [
    'key IS NULL',
    `strlen(key) > ${MAX_KEY_BYTES}`,
    ...(at.has('bucket') ? [`bucket IS DISTINCT FROM ${quoted(source.bucket)}`] : []),
    ...(isVersioned ? ['is_latest IS NULL', 'is_delete_marker IS NULL'] : []),
    `((${live}) AND (size IS NULL OR size < 0 OR ms IS NULL OR ms < 0))`,
  ];
  return (
    `SELECT key, size, ms, cold FROM (${rowsSql(source)}) ` +
    // One CASE, because a separate condition might be evaluated after others have dropped the row.
    `WHERE CASE WHEN ${bad.join(' OR ')} THEN error(${quoted(BAD_ROW)}) ELSE (${live}) AND (${condition}) END`
  );
}

function rowsSql({ format, columns, paths }: InventorySource): string {
  const files = `[${paths.map(quoted).join(', ')}]`;
  const others = (['bucket', 'is_latest', 'is_delete_marker'] as const).filter((field) =>
    columns.at.has(field),
  );
  const picked = [
    'size',
    'epoch_ms(last_modified_date) AS ms',
    `${coldSql(columns)} AS cold`,
    ...others,
  ].join(', ');
  if (format === 'Parquet')
    return `SELECT key, ${picked} FROM read_parquet(${files}, binary_as_string = true)`;
  const options = [
    'auto_detect = false, header = false',
    `delim = ',', quote = '"', escape = '"', compression = '${compressionOf(paths)}'`,
    `columns = {${csvTypes(columns).join(', ')}}`,
    `max_line_size = ${MAX_LINE_BYTES}, buffer_size = ${CSV_BUFFER_BYTES}`,
  ];
  // S3 writes a space as a plus sign and a plus sign as %2B. Most keys have neither and need no decoding.
  const key =
    "CASE WHEN contains(key, '%') OR contains(key, '+') THEN url_decode(replace(key, '+', '%20')) ELSE key END";
  return `SELECT ${key} AS key, ${picked} FROM read_csv(${files}, ${options.join(', ')})`;
}

/** Inventories use shorter names for the tiers of Intelligent-Tiering than the rest of S3. */
const TIERS: Record<string, (typeof COLD_CLASSES)[number]> = {
  ARCHIVE: 'ARCHIVE_ACCESS',
  DEEP_ARCHIVE: 'DEEP_ARCHIVE_ACCESS',
  ARCHIVE_ACCESS: 'ARCHIVE_ACCESS',
  DEEP_ARCHIVE_ACCESS: 'DEEP_ARCHIVE_ACCESS',
};

/** A small number, because sorting with a text would take more memory. */
function coldSql({ at }: InventoryColumns): string {
  const numberOf = (name: (typeof COLD_CLASSES)[number]): number => COLD_CLASSES.indexOf(name) + 1;
  const cases = [
    ...(at.has('storage_class') ? COLD_CLASSES.map((name) => ['storage_class', name, numberOf(name)]) : []),
    ...(at.has('intelligent_tiering_access_tier')
      ? Object.entries(TIERS).map(([tier, name]) => ['intelligent_tiering_access_tier', tier, numberOf(name)])
      : []),
  ].map(([column, text, number]) => `WHEN ${column} = ${quoted(String(text))} THEN ${number}`);
  return cases.length === 0 ? '0::TINYINT' : `CAST(CASE ${cases.join(' ')} ELSE 0 END AS TINYINT)`;
}

/** Columns by position, with Salvor's names and never those of the manifest. */
function csvTypes({ at, count }: InventoryColumns): string[] {
  const names = Array.from({ length: count }, (_, i): [string, string] => [`column_${i}`, 'VARCHAR']);
  for (const [field, index] of at) names[index] = [field, TYPES[field]];
  return names.map(([name, type]) => `${name}: '${type}'`);
}

function compressionOf(paths: readonly string[]): string {
  return paths.every((path) => path.endsWith('.gz')) ? 'gzip' : 'none';
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
