import { usageFailure } from '../../core/failure.js';
import type { DigestAlgorithm } from '../../core/recorded-digest.js';
import { quoteLiteral } from '../sql-script/literals.js';
import type { ArtifactRow } from './artifacts-port.js';
import { readMetadata } from './json-text-edit.js';

/** A place where somebody recorded a digest before Salvor: a key of the metadata, or a column. */
export interface DigestSource {
  /** `metadata.md5`, or `metadata.checksums.md5` for a key within an object. */
  key?: string | undefined;
  column?: string | undefined;
  /** Not in the row: in a file next to its file. */
  sidecar?: string | undefined;
  /** How the value is read when it does not say so itself. */
  algorithm: DigestAlgorithm;
  /** Only rows of these artifact types have it. */
  types?: readonly string[] | undefined;
}

export interface DigestPlace {
  /** As configured. */
  source: string;
  algorithm: DigestAlgorithm;
  types: readonly string[] | undefined;
  /** Text of the value over `a`; null where only the program can find it, in metadata kept as text. */
  sql: string | null;
  /** Within the metadata; empty for a column. */
  path: readonly string[];
}

/** Between the values of one row: in no digest. */
const SEPARATOR = '\u001f';

/** The place of a key. @throws Failure `config.invalid` for a key that is not in the metadata */
export function keyPlace(
  { key = '', algorithm, types }: DigestSource,
  metadata: { name: string; merges: boolean },
): DigestPlace {
  const path = key.replace(/^metadata\./, '').split('.');
  if (path.some((part) => part === '')) {
    throw usageFailure(
      'config.invalid',
      `registry.digests: ${JSON.stringify(key)} is not a key`,
      'write metadata.md5',
    );
  }
  const column = `a.${metadata.name}`;
  const nested = `${column} #>> array[${path.map(quoteLiteral).join(', ')}]`;
  // A key may have a dot in its own name.
  const sql =
    path.length === 1 ? nested : `coalesce(${column} ->> ${quoteLiteral(path.join('.'))}, ${nested})`;
  return { source: key, algorithm, types, sql: metadata.merges ? sql : null, path };
}

/** All recorded values of a row as one text: what an update is conditional on. Null where none are configured. */
export function recordedText(places: readonly DigestPlace[]): string | null {
  if (places.length === 0) return null;
  return places.map(({ sql }) => (sql === null ? "''" : `coalesce(${sql}, '')`)).join(` || chr(31) || `);
}

/** What the places of a row say, and the text that `recordedText` gave. */
export function recordedOf(
  places: readonly DigestPlace[],
  row: { type: string | null; recorded: string | null; raw: string | null },
): Pick<ArtifactRow, 'recorded' | 'recordedText'> {
  if (places.length === 0 || row.recorded === null) return {};
  const values = row.recorded.split(SEPARATOR);
  const recorded = places.flatMap(({ source, algorithm, types, sql, path }, i) => {
    if (types !== undefined && (row.type === null || !types.includes(row.type))) return [];
    const text = sql === null ? inText(row.raw, path) : (values[i] ?? null);
    return [{ source, algorithm, text: text === '' ? null : text }];
  });
  return { recorded, recordedText: row.recorded };
}

function inText(raw: string | null, path: readonly string[]): string | null {
  if (raw === null || readMetadata(raw).kind === 'bad') return null;
  const document = JSON.parse(raw) as Record<string, unknown>;
  const value = document[path.join('.')] ?? path.reduce<unknown>(member, document);
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
