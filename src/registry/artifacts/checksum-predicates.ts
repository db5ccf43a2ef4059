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
 * Rows that need no reading. For `jsonb` this is exactly what `isDone` says of the row. Metadata kept as text can't be
 * taken apart here without the risk of an error for the whole page; such a row counts as done when Salvor judged the
 * very same text before, and otherwise whoever reads it decides.
 */
export function certainlyDone(shape: ArtifactShape, filter: WorkFilter, firstValue: number): Predicate {
  const pathHolds = `(d.artifact_id is null or d.path = a.${shape.path.name}::text`;
  if (!shape.metadata.merges) {
    const fresh = `d.metadata_hash = ${fingerprint(`a.${shape.metadata.name}::text`)} and d.path = a.${shape.path.name}::text`;
    const young =
      filter.recheckBefore === undefined ? '' : ` and d.computed_at >= $${firstValue}::timestamptz`;
    return {
      sql: `coalesce(${fresh}${young}, false)`,
      values: filter.recheckBefore === undefined ? [] : [timeText(filter.recheckBefore)],
    };
  }
  const raw = (key: string): string => `(a.${shape.metadata.name} -> '${key}')::text collate "C"`;
  // What salvor.digests holds is a digest, and to compare costs a tenth of a regular expression.
  const conditions = [
    `(${raw(SHA256_KEY)} = '"' || d.sha256 || '"' or ${valid(raw(SHA256_KEY), SHA256_KEY)})`,
    valid(raw(SIZE_KEY), SIZE_KEY),
    valid(raw(COMPUTED_AT_KEY), COMPUTED_AT_KEY),
    `${pathHolds} or ${markerIsAnothers(shape)})`,
  ];
  const values: unknown[] = [];
  if (filter.recheckBefore !== undefined) {
    conditions.push(`${computedAt(shape)} >= $${firstValue}::text collate "C"`);
    values.push(timeText(filter.recheckBefore));
  }
  return { sql: `coalesce(${conditions.join(' and ')}, false)`, values };
}

function valid(raw: string, key: keyof typeof VALID_RAW): string {
  const { like, regex } = VALID_RAW[key];
  return like === '%' ? `${raw} ~ '${regex}'` : `${raw} like '${like}' and ${raw} ~ '${regex}'`;
}

/** `file_sha256_computed_at` as text that sorts by time. */
export function computedAt(shape: ArtifactShape): string {
  return `(a.${shape.metadata.name} ->> '${COMPUTED_AT_KEY}') collate "C"`;
}

/** What tells a metadata text from every other; not a promise of security. */
export function fingerprint(text: string): string {
  return `pg_catalog.hashtextextended(${text}, 0)`;
}

/** The time of a digest entry as Salvor writes it into the metadata. */
export function markerTime(column: string): string {
  return `pg_catalog.to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The entry in salvor.digests is not about this marker: someone else hashed the row since, by its path of then. */
function markerIsAnothers(shape: ArtifactShape): string {
  return `${markerTime('d.computed_at')} <> (a.${shape.metadata.name} ->> '${COMPUTED_AT_KEY}')`;
}
