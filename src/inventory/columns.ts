import { Failure } from '../core/failure.js';
import { counted } from '../core/pluralize.js';
import { printable } from '../core/printable.js';

/** S3 has about twenty fields. */
const MAX_COLUMNS = 200;

/** The fields that describe the content of a bucket, by their names in Parquet. */
const FIELDS = [
  'bucket',
  'key',
  'version_id',
  'is_latest',
  'is_delete_marker',
  'size',
  'last_modified_date',
  'storage_class',
  'intelligent_tiering_access_tier',
] as const;
export type Field = (typeof FIELDS)[number];

export interface InventoryColumns {
  /** The position of each field, from 0; without fields that the inventory lacks. */
  readonly at: ReadonlyMap<Field, number>;
  readonly count: number;
}

/** Reads `Bucket, Key, Size, …`. @throws Failure `inventory.fields` */
export function csvColumns(schema: string, url: string): InventoryColumns {
  const snake = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
  return columnsOf(
    schema.split(',').map((name) => snake(name.trim())),
    url,
  );
}

/** Reads `message s3.inventory { required binary key (STRING); … }`. @throws Failure `inventory.fields` */
export function parquetColumns(schema: string, url: string): InventoryColumns {
  const fields = schema.matchAll(/\b(?:required|optional)\s+[a-z0-9_]+\s+([A-Za-z0-9_]+)/g);
  return columnsOf(
    [...fields].map((match) => match[1] ?? ''),
    url,
  );
}

function columnsOf(names: readonly string[], url: string): InventoryColumns {
  const at = new Map<Field, number>();
  for (const field of FIELDS) {
    const index = names.indexOf(field);
    if (index >= 0) at.set(field, index);
    if (names.indexOf(field, index + 1) > index && index >= 0) throw unfit(url, `names ${field} twice`);
  }
  if (names.length > MAX_COLUMNS) throw unfit(url, `has ${counted(names.length, 'field')}`);
  const lacks = missing(at);
  if (lacks !== undefined) throw unfit(url, `lacks ${lacks}`);
  return { at, count: names.length };
}

function missing(at: ReadonlyMap<Field, number>): Field | undefined {
  // If all versions are listed, nothing else identifies the version that a listing of the bucket shows.
  const isVersioned = at.has('version_id') || at.has('is_latest') || at.has('is_delete_marker');
  const needed: Field[] = ['key', 'size', 'last_modified_date'];
  if (isVersioned) needed.push('is_latest', 'is_delete_marker');
  return needed.find((field) => !at.has(field));
}

function unfit(url: string, problem: string): Failure {
  return new Failure('inventory.fields', `the inventory of ${printable(url)} ${problem}`, {
    hint: 'add size and last modified to the inventory; S3 adds the latest-version field itself if all versions are listed',
  });
}
