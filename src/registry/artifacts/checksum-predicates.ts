import { COMPUTED_AT_KEY, SHA256_KEY, SIZE_KEY, VALID_RAW } from '../../core/checksum-marker.js';
import { timeText } from '../../core/iso-time.js';
import type { WorkFilter } from './artifacts-port.js';
import type { ArtifactShape } from './table-schema.js';

/** SQL over `a` (the artifact) and `d` (its row of salvor.digests), and the values it refers to. */
export interface Predicate {
  sql: string;
  values: unknown[];
}

/** Rows that a job is about: they have a path, and a type that was asked for. */
export function wanted(shape: ArtifactShape, filter: WorkFilter, firstValue: number): Predicate {
  const path = `a.${shape.path.name}`;
  const hasPath = `${path} is not null and ${path}::text <> ''`;
  if (filter.types === undefined) return { sql: hasPath, values: [] };
  return {
    sql: `${hasPath} and a.${shape.type.name}::text = any($${firstValue}::text[])`,
    values: [filter.types],
  };
}

/**
 * Rows that need no reading. For `jsonb` the result agrees with `standingOf`. Metadata stored as text is not parsed in
 * SQL, because one malformed row would fail the whole page. Such a row counts as done if Salvor has already checked
 * exactly this text; otherwise the caller decides after reading the row.
 */
export function certainlyDone(shape: ArtifactShape, filter: WorkFilter, firstValue: number): Predicate {
  const conditions = [...marked(shape), notFuture(shape)];
  const values: unknown[] = [];
  if (filter.recheckBefore !== undefined) {
    conditions.push(
      shape.metadata.merges
        ? `${verifiedTime(shape)} >= $${firstValue}::text collate "C"`
        : `coalesce(d.verified_at, d.computed_at) >= $${firstValue}::timestamptz`,
    );
    values.push(timeText(filter.recheckBefore));
  }
  return { sql: `coalesce(${conditions.join(' and ')}, false)`, values };
}

/** Rows that would be done, were their marker not later than the database's own time: such a marker says nothing. */
export function markedInFuture(shape: ArtifactShape): string {
  return `coalesce(${marked(shape).join(' and ')} and not ${notFuture(shape)}, false)`;
}

/** The three keys are valid, and the path is the one that was hashed. */
function marked(shape: ArtifactShape): string[] {
  if (!shape.metadata.merges) {
    return [
      `d.metadata_hash = ${fingerprint(`a.${shape.metadata.name}::text`)}`,
      `d.path = a.${shape.path.name}::text`,
    ];
  }
  const raw = (key: string): string => `(a.${shape.metadata.name} -> '${key}')::text collate "C"`;
  return [
    // What salvor.digests holds is a digest, and to compare costs a tenth of a regular expression.
    `(${raw(SHA256_KEY)} = '"' || d.sha256 || '"' or ${valid(raw(SHA256_KEY), SHA256_KEY)})`,
    valid(raw(SIZE_KEY), SIZE_KEY),
    valid(raw(COMPUTED_AT_KEY), COMPUTED_AT_KEY),
    // The entry in salvor.digests is not about a marker that someone else wrote since, by its path of then.
    `(d.artifact_id is null or d.path = a.${shape.path.name}::text or ${OWN_MARKER} <> ${markerText(shape)})`,
  ];
}

function notFuture(shape: ArtifactShape): string {
  return shape.metadata.merges ? `${markerText(shape)} <= ${NOW_TEXT}` : 'd.computed_at <= pg_catalog.now()';
}

function valid(raw: string, key: keyof typeof VALID_RAW): string {
  const { like, regex } = VALID_RAW[key];
  return like === '%' ? `${raw} ~ '${regex}'` : `${raw} like '${like}' and ${raw} ~ '${regex}'`;
}

/**
 * When the file of a row was last verified, as text that sorts by time: what `salvor.digests` says of this very marker,
 * else the marker, which counts for itself. Empty for a marker in the future: nothing is known of such a row.
 */
export function verifiedTime(shape: ArtifactShape): string {
  const marker = markerText(shape);
  return `coalesce(case when ${marker} > ${NOW_TEXT} then ''
    when ${OWN_MARKER} = ${marker} then coalesce(${markerTime('d.verified_at')}, ${marker})
    else ${marker} end, '') collate "C"`;
}

/** `file_sha256_computed_at` as text; in metadata kept as text, as far as it can be found without taking it apart. */
function markerText({ metadata }: ArtifactShape): string {
  return metadata.merges
    ? `((a.${metadata.name} ->> '${COMPUTED_AT_KEY}') collate "C")`
    : `(substring(a.${metadata.name}::text from '"${COMPUTED_AT_KEY}"[[:space:]]*:[[:space:]]*"([0-9.:TZ+-]*)"') collate "C")`;
}

/** What tells a metadata text from every other; not a promise of security. */
export function fingerprint(text: string): string {
  return `pg_catalog.hashtextextended(${text}, 0)`;
}

/** The time of a digest entry as Salvor writes it into the metadata. */
export function markerTime(column: string): string {
  return `pg_catalog.to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The marker that an entry of salvor.digests is about, as the metadata has it. */
export const OWN_MARKER = `coalesce(d.marker, ${markerTime('d.computed_at')})`;

/** Evaluated once for a whole scan. */
const NOW_TEXT = `(select ${markerTime('pg_catalog.now()')} collate "C")`;
