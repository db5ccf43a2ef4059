/**
 * The three metadata keys that say what an artifact's file was. The patterns are of the raw JSON text and are used
 * as they stand both here and in SQL, so that the database and the program always agree on what is done.
 */

export const SHA256_KEY = 'file_sha256';
export const SIZE_KEY = 'file_size_bytes';
export const COMPUTED_AT_KEY = 'file_sha256_computed_at';
export const CHECKSUM_KEYS = [SHA256_KEY, SIZE_KEY, COMPUTED_AT_KEY] as const;

/** Raw JSON text of each key's value when it is valid: 64 lower-case hex digits, bytes, RFC 3339 in UTC. */
export const VALID_RAW = {
  [SHA256_KEY]: '^"[0-9a-f]{64}"$',
  [SIZE_KEY]: '^(0|[1-9][0-9]{0,15})$',
  [COMPUTED_AT_KEY]:
    '^"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]{1,9})?(Z|[+]00:00)"$',
} as const;

const VALID = Object.entries(VALID_RAW).map(([key, pattern]) => [key, new RegExp(pattern)] as const);

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
  if (!VALID.every(([key, pattern]) => pattern.test(keys[key] ?? ''))) return undefined;
  return {
    sha256: unquoted(keys[SHA256_KEY]),
    sizeBytes: Number(keys[SIZE_KEY]),
    computedAt: unquoted(keys[COMPUTED_AT_KEY]),
  };
}

/** What `file_sha256` says on its own. */
export type Recorded =
  | { kind: 'none' }
  | { kind: 'digest'; sha256: string }
  | { kind: 'malformed'; raw: string };

/** A digest in capitals is the same digest; null and the empty string say nothing. */
export function recordedDigest(keys: RawKeys): Recorded {
  const raw = keys[SHA256_KEY] ?? null;
  if (raw === null || raw === 'null' || raw === '""') return { kind: 'none' };
  return /^"[0-9a-fA-F]{64}"$/.test(raw)
    ? { kind: 'digest', sha256: unquoted(raw).toLowerCase() }
    : { kind: 'malformed', raw };
}

/** The raw texts that record a whole read. */
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
