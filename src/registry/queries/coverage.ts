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

/** Coverage per type, in one look at every row. `ledger`: the database of the drift entries. */
export async function coverage(
  db: Queries,
  shape: ArtifactShape,
  ledger: Queries,
  contradicted: Contradicted,
): Promise<TypeCoverage[]> {
  if (ledger === db && !shape.hasState) return [];
  const drift = await ledger.query<{ id: string; type: string | null; open: number }>(
    `select o.artifact_id as id, o.artifact_type as type, count(*) as open from salvor.drift o
     where o.${ofTable(shape)} and o.state = 'open' group by 1, 2`,
  );
  const open = new Map<string | null, number>();
  for (const row of drift.rows) open.set(row.type, (open.get(row.type) ?? 0) + row.open);
  const rows = wanted(shape, {}, 1);
  const done = certainlyDone(shape, {}, 1);
  const time = verifiedTime(shape);
  const result = await db.query<Omit<TypeCoverage, 'never' | 'driftOpen'>>(
    `select a.${shape.type.name}::text as type, count(*) as rows, count(*) filter (where ${done.sql}) as hashed,
       count(*) filter (where ${done.sql} and o.artifact_id is null
         and (c.seen_at is null or c.seen_at < d.computed_at)) as verified,
       min(${time}) filter (where ${done.sql}) as "oldestAt"
     from ${shape.table} a left join ${digestsOf(shape)}
     left join (select distinct id as artifact_id from unnest($3::text[]) as i(id)) o
       on o.artifact_id = a.${shape.id.name}::text
     left join unnest($1::text[], $2::timestamptz[]) as c(artifact_id, seen_at) on c.artifact_id = a.${shape.id.name}::text
     where ${rows.sql} group by 1 order by 1`,
    [contradicted.ids, contradicted.seenAt, drift.rows.map((row) => row.id)],
  );
  return result.rows.map((row) => ({
    ...row,
    never: row.rows - row.hashed,
    driftOpen: open.get(row.type) ?? 0,
  }));
}
