import { certainlyDone, verifiedTime, wanted } from '../artifacts/checksum-predicates.js';
import { digestsOf, ofTable } from '../artifacts/digests-join.js';
import type { ArtifactShape } from '../artifacts/table-schema.js';
import type { Queries } from '../queries.js';

/** How far the files of one artifact type are known. */
export interface TypeCoverage {
  type: string | null;
  /** Rows with a path. */
  rows: number;
  hashed: number;
  never: number;
  driftOpen: number;
  /** When the file that was verified longest ago was last verified. */
  oldestAt: string | null;
}

/** Coverage per type, in one look at every row. */
export async function coverage(db: Queries, shape: ArtifactShape): Promise<TypeCoverage[]> {
  if (!shape.hasState) return [];
  const rows = wanted(shape, {}, 1);
  const done = certainlyDone(shape, {}, 1);
  const time = verifiedTime(shape);
  const result = await db.query<Omit<TypeCoverage, 'never'>>(
    `select c.*, (select count(*) from salvor.drift o
         where o.${ofTable(shape)} and o.state = 'open' and o.artifact_type is not distinct from c.type) as "driftOpen"
     from (select a.${shape.type.name}::text as type, count(*) as rows, count(*) filter (where ${done.sql}) as hashed,
         min(${time}) filter (where ${done.sql}) as "oldestAt"
       from ${shape.table} a left join ${digestsOf(shape)}
       where ${rows.sql} group by 1) c order by c.type`,
  );
  return result.rows.map((row) => ({ ...row, never: row.rows - row.hashed }));
}
