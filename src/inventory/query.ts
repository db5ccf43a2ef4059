import type { Field, InventoryColumns } from './columns.js';

/** S3's own limit for a key, in bytes. */
const MAX_KEY_BYTES = 1024;
/** No line is longer: a key takes at most three times its bytes, the other fields some hundred. */
const MAX_LINE_BYTES = 64 << 10;
/**
 * Of a CSV file; several are held for each file and thread, beside the sort, which takes nearly all of the memory. With
 * buffers of 4 MB it sometimes found none left and gave up.
 */
const CSV_BUFFER_BYTES = 1 << 20;

export interface InventorySource {
  readonly format: 'CSV' | 'Parquet';
  readonly columns: InventoryColumns;
  readonly bucket: string;
  /** Of the data files, on this machine; at least one. */
  readonly paths: readonly string[];
}

/** What a row that no inventory can hold is answered with. */
const BAD_ROW = 'a row lacks a value, is of another bucket, or has a key longer than any';

/** A type in the file, and what is asked of it. */
const TYPES: Record<Field, string> = {
  bucket: 'VARCHAR',
  key: 'VARCHAR',
  version_id: 'VARCHAR',
  is_latest: 'BOOLEAN',
  is_delete_marker: 'BOOLEAN',
  size: 'BIGINT',
  last_modified_date: 'TIMESTAMP',
};

/**
 * The objects that a listing of the bucket shows, as `key`, `size` and `ms`: latest versions that are no delete
 * markers. `condition` is SQL over `key`. A row that is not sound, wanted or not, ends the query with `BAD_ROW`.
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
    `SELECT key, size, ms FROM (${rowsSql(source)}) ` +
    // One CASE, because a condition of its own might be tried after others have dropped the row.
    `WHERE CASE WHEN ${bad.join(' OR ')} THEN error(${quoted(BAD_ROW)}) ELSE (${live}) AND (${condition}) END`
  );
}

function rowsSql({ format, columns, paths }: InventorySource): string {
  const files = `[${paths.map(quoted).join(', ')}]`;
  const others = (['bucket', 'is_latest', 'is_delete_marker'] as const).filter((field) =>
    columns.at.has(field),
  );
  const picked = ['size', 'epoch_ms(last_modified_date) AS ms', ...others].join(', ');
  if (format === 'Parquet')
    return `SELECT key, ${picked} FROM read_parquet(${files}, binary_as_string = true)`;
  const options = [
    'auto_detect = false, header = false',
    `delim = ',', quote = '"', escape = '"', compression = '${compressionOf(paths)}'`,
    `columns = {${csvTypes(columns).join(', ')}}`,
    `max_line_size = ${MAX_LINE_BYTES}, buffer_size = ${CSV_BUFFER_BYTES}`,
  ];
  // S3 writes a space as a plus, and a plus as %2B. Most keys have neither, and are not worth the decoding.
  const key =
    "CASE WHEN contains(key, '%') OR contains(key, '+') THEN url_decode(replace(key, '+', '%20')) ELSE key END";
  return `SELECT ${key} AS key, ${picked} FROM read_csv(${files}, ${options.join(', ')})`;
}

/** Columns by position: their names are Salvor's, never those of the manifest. */
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
