import { certainlyDone, verifiedTime, wanted } from '../artifacts/checksum-predicates.js';
import { digestsOf, ofTable } from '../artifacts/digests-join.js';
import type { ArtifactShape } from '../artifacts/table-schema.js';
import type { Queries } from '../queries.js';
import type { Contradicted } from './red.js';

/** How far the files of one artifact type are known. */
export interface TypeCoverage {
  type: string | null;
  /** Rows with a path. */
  rows: number;
  hashed: number;
  never: number;
  /** Hashed, and nothing that was seen since speaks against it: no drift, no lost or unreadable file, no failed drill. */
  verified: number;
  driftOpen: number;
  /** When the file that was verified longest ago was last verified. */
  oldestAt: string | null;
}

/** Coverage per type, in one look at every row. */
export async function coverage(
  db: Queries,
  shape: ArtifactShape,
  contradicted: Contradicted,
): Promise<TypeCoverage[]> {
  if (!shape.hasState) return [];
  const rows = wanted(shape, {}, 1);
  const done = certainlyDone(shape, {}, 1);
  const time = verifiedTime(shape);
  const result = await db.query<Omit<TypeCoverage, 'never'>>(
    `select c.*, (select count(*) from salvor.drift o
         where o.${ofTable(shape)} and o.state = 'open' and o.artifact_type is not distinct from c.type) as "driftOpen"
     from (select a.${shape.type.name}::text as type, count(*) as rows, count(*) filter (where ${done.sql}) as hashed,
         count(*) filter (where ${done.sql} and o.artifact_id is null
           and (c.seen_at is null or c.seen_at < d.computed_at)) as verified,
         min(${time}) filter (where ${done.sql}) as "oldestAt"
       from ${shape.table} a left join ${digestsOf(shape)}
       left join (select distinct artifact_id from salvor.drift where ${ofTable(shape)} and state = 'open') o
         on o.artifact_id = a.${shape.id.name}::text
       left join unnest($1::text[], $2::timestamptz[]) as c(artifact_id, seen_at) on c.artifact_id = a.${shape.id.name}::text
       where ${rows.sql} group by 1) c order by c.type`,
    [contradicted.ids, contradicted.seenAt],
  );
  return result.rows.map((row) => ({ ...row, never: row.rows - row.hashed }));
}
