import type { RawKeys } from '../../core/checksum-marker.js';
import { rawValue, readMetadata } from '../artifacts/json-text-edit.js';
import type { DriftState } from '../drift/drift-port.js';

/**
 * What a journal entry's `before` and `after` hold: a JSON object with `file_path` (a string or null) when it changed,
 * and with `metadata` when keys changed: null where the column was SQL NULL, else an object with the changed keys that
 * were there. A key that is in neither object was never touched; one that is in only one of them was absent in the
 * other. The columns are `json`, so each value keeps its original text.
 */
export interface JournalValues {
  path?: string | null;
  metadata?: { isNull: boolean; keys: RawKeys };
  /** A drift entry that was decided, or taken up again: `"drift": {"id": "7", "state": "open"}`. */
  drift?: { id: string; state: DriftState };
}

export function writeJournalValues(values: JournalValues): string {
  const parts: string[] = [];
  if (values.path !== undefined) parts.push(`"file_path":${JSON.stringify(values.path)}`);
  if (values.metadata) parts.push(`"metadata":${metadataText(values.metadata)}`);
  if (values.drift) parts.push(`"drift":${JSON.stringify(values.drift)}`);
  return `{${parts.join(',')}}`;
}

function metadataText(metadata: { isNull: boolean; keys: RawKeys }): string {
  if (metadata.isNull) return 'null';
  const members = Object.entries(metadata.keys).flatMap(([key, raw]) =>
    raw === null ? [] : [`${JSON.stringify(key)}:${raw}`],
  );
  return `{${members.join(',')}}`;
}

/** Reads what `writeJournalValues` wrote; the keys are those that were there. */
export function readJournalValues(text: string): JournalValues {
  const outer = readMetadata(text);
  const path = rawValue(text, outer, 'file_path');
  const metadata = rawValue(text, outer, 'metadata');
  const values: JournalValues = {};
  if (path !== null) values.path = JSON.parse(path) as string | null;
  if (metadata !== null) {
    const inner = readMetadata(metadata);
    const keys = inner.kind === 'object' ? [...inner.members.keys()] : [];
    values.metadata = {
      isNull: metadata === 'null',
      keys: Object.fromEntries(keys.map((key) => [key, rawValue(metadata, inner, key)])),
    };
  }
  const drift = rawValue(text, outer, 'drift');
  if (drift !== null) values.drift = JSON.parse(drift) as NonNullable<JournalValues['drift']>;
  return values;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Whether two raw JSON texts are the same value for `jsonb`, which keeps neither white space, nor the order of keys,
 * nor how a number was written, but all of its digits.
 */
export function sameJson(a: string | null, b: string | null): boolean {
  if (a === b || a === null || b === null) return a === b;
  return canonical(a) === canonical(b);
}

function canonical(raw: string): string {
  const exact = raw.replace(TOKEN, (token) =>
    token.startsWith('"') ? token : `{"number":"${canonicalNumber(token)}"}`,
  );
  return JSON.stringify(JSON.parse(exact), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value,
  );
}

/** Sign, digits without zeros at either end, and the power of ten that they are multiplied by. */
function canonicalNumber(token: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
