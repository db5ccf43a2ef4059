/**
 * The three metadata keys that record the content of an artifact's file. The patterns match the raw JSON text and are
 * used unchanged both here and in SQL, so that the database and the program always agree on which rows are done.
 */

export const SHA256_KEY = 'file_sha256';
export const SIZE_KEY = 'file_size_bytes';
export const COMPUTED_AT_KEY = 'file_sha256_computed_at';
export const CHECKSUM_KEYS = [SHA256_KEY, SIZE_KEY, COMPUTED_AT_KEY] as const;

/** The form of a valid value's raw JSON text: a LIKE pattern and a regular expression, which must both match. */
export interface RawForm {
  like: string;
  regex: string;
}

/**
 * 64 lower-case hex digits, bytes, RFC 3339 in UTC. Split into two simple patterns because they run on millions of rows:
 * a single expression would need bounded repetitions, with which PostgreSQL takes twenty times as long.
 */
export const VALID_RAW = {
  [SHA256_KEY]: { like: `"${'_'.repeat(64)}"`, regex: '^"[0-9a-f]*"$' },
  [SIZE_KEY]: { like: '%', regex: '^(0|[1-9][0-9]*)$' },
  [COMPUTED_AT_KEY]: { like: '"____-__-__T__:__:__%"', regex: '^"[0-9.:T-]*(Z|[+]00:00)"$' },
} as const satisfies Record<string, RawForm>;

const VALID = Object.entries(VALID_RAW).map(([key, form]) => [key, fits(form)] as const);

function fits({ like, regex }: RawForm): (raw: string) => boolean {
  const pattern = like.replaceAll('_', '[^]').replaceAll('%', '[^]*');
  const expressions = [new RegExp(`^${pattern}$`, 'u'), new RegExp(regex)];
  return (raw) => expressions.every((expression) => expression.test(raw));
}

/** Whether one of the three keys has a valid value. */
export function isValidRaw(key: string, raw: string | null | undefined): boolean {
  return VALID.some(([name, valid]) => name === key && valid(raw ?? ''));
}

/** Raw JSON texts by key; null for a key that is absent. */
export type RawKeys = Readonly<Record<string, string | null>>;

export interface Marker {
  sha256: string;
  sizeBytes: number;
  /** As written. */
  computedAt: string;
}

/** The marker, when all three keys are valid. */
export function markerOf(keys: RawKeys): Marker | undefined {
  if (!VALID.every(([key, valid]) => valid(keys[key] ?? ''))) return undefined;
  return {
    sha256: unquoted(keys[SHA256_KEY]),
    sizeBytes: Number(keys[SIZE_KEY]),
    computedAt: unquoted(keys[COMPUTED_AT_KEY]),
  };
}

/** The value of `file_sha256` alone, without the other two keys. */
export type Recorded =
  | { kind: 'none' }
  | { kind: 'digest'; sha256: string }
  | { kind: 'malformed'; raw: string };

/** Upper-case hex digits count as the same digest; null and the empty string count as no digest. */
export function recordedDigest(keys: RawKeys): Recorded {
  const raw = keys[SHA256_KEY] ?? null;
  if (raw === null || raw === 'null' || raw === '""') return { kind: 'none' };
  return /^"[0-9a-fA-F]{64}"$/.test(raw)
    ? { kind: 'digest', sha256: unquoted(raw).toLowerCase() }
    : { kind: 'malformed', raw };
}

/** The raw JSON texts that record a complete read. */
export function rawMarker(marker: Marker): Record<string, string> {
  return {
    [SHA256_KEY]: JSON.stringify(marker.sha256),
    [SIZE_KEY]: String(marker.sizeBytes),
    [COMPUTED_AT_KEY]: JSON.stringify(marker.computedAt),
  };
}

function unquoted(raw: string | null | undefined): string {
  return (raw ?? '').slice(1, -1);
}
