import { DIGEST_ALGORITHMS, type DigestAlgorithm, parseDigest } from '../../core/recorded-digest.js';
import type { Queries } from '../queries.js';

/** A key of the metadata or a column whose values look like digests of the rows' files. */
export interface DigestLookalike {
  place: { key: string } | { column: string };
  algorithm: DigestAlgorithm;
  /** Values that were looked at, all of which are such digests. */
  values: number;
}

/** Enough to see what a column holds, and no scan of a large table. */
const SAMPLE_ROWS = 500;
/** One value alone may be anything. */
const LEAST_VALUES = 3;
/** 32 and 40 hex digits may also be a UUID or a commit: without a prefix the name has to say what it is. */
const SPEAKING_NAME = /md5|sha-?_?(?:1|256|512)|digest|checksum|(?:^|[._])(?:content|file|data)?_?hash$/i;
const NO_FILE_DIGEST = /commit|revision|git_|password|token|secret/i;

/**
 * Keys and columns of the table that look like recorded digests: what `registry.digests` could name. Reads a sample.
 * @param table quoted, with its schema
 */
export async function digestLookalikes(
  db: Queries,
  { table, metadata }: { table: string; metadata: string },
): Promise<DigestLookalike[]> {
  const { rows } = await db.query<{ row: Record<string, unknown> }>(
    `select pg_catalog.to_jsonb(a) as row from (select * from ${table} limit ${SAMPLE_ROWS}) a`,
  );
  return lookalikesIn(
    rows.map(({ row }) => row),
    metadata,
  );
}

/** @param metadata the column's name, as in the rows */
export function lookalikesIn(rows: readonly Record<string, unknown>[], metadata: string): DigestLookalike[] {
  const columns = new Map<string, string[]>();
  const keys = new Map<string, string[]>();
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) if (name !== metadata) note(columns, name, value);
    for (const [key, value] of entriesOf(row[metadata])) note(keys, `metadata.${key}`, value);
  }
  return [
    ...[...keys].flatMap(([key, values]) => lookalike({ key }, key, values)),
    ...[...columns].flatMap(([column, values]) => lookalike({ column }, column, values)),
  ];
}

/** Of the object itself and of the objects in it. */
function entriesOf(document: unknown): [string, unknown][] {
  const object = typeof document === 'string' ? parsed(document) : document;
  if (!isObject(object)) return [];
  return Object.entries(object).flatMap(([key, value]): [string, unknown][] =>
    isObject(value)
      ? Object.entries(value).map(([inner, of]): [string, unknown] => [`${key}.${inner}`, of])
      : [[key, value]],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function note(places: Map<string, string[]>, place: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '') return;
  const values = places.get(place) ?? [];
  // As `to_jsonb` writes a bytea.
  values.push(value.replace(/^\\x(?=[0-9a-f]+$)/, ''));
  places.set(place, values);
}

function lookalike(
  place: DigestLookalike['place'],
  name: string,
  values: readonly string[],
): DigestLookalike[] {
  // Salvor's own.
  if (name === 'metadata.file_sha256' || NO_FILE_DIGEST.test(name) || values.length < LEAST_VALUES) return [];
  const algorithm = DIGEST_ALGORITHMS.find((one) => values.every((value) => isDigest(value, one)));
  if (algorithm === undefined) return [];
  const isPrefixed = values.every((value) => /^[A-Za-z0-9_-]{3,8}[:=]/.test(value.trim()));
  return isPrefixed || SPEAKING_NAME.test(name) ? [{ place, algorithm, values: values.length }] : [];
}

function isDigest(value: string, algorithm: DigestAlgorithm): boolean {
  const digest = parseDigest(value, algorithm);
  return digest.kind === 'digest' && digest.algorithm === algorithm;
}
