import { certainlyDone, computedAt, markerTime, wanted } from '../artifacts/checksum-predicates.js';
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
  /** When the file that was not read for the longest was last read. */
  oldestAt: string | null;
}

/** Coverage per type, in one look at every row. `ledger`: the database of the drift entries. */
export async function coverage(db: Queries, shape: ArtifactShape, ledger: Queries): Promise<TypeCoverage[]> {
  if (ledger === db && !shape.hasState) return [];
  const rows = wanted(shape, {}, 1);
  const done = certainlyDone(shape, {}, 1);
  const time = shape.metadata.merges ? computedAt(shape) : `${markerTime('d.computed_at')} collate "C"`;
  const result = await db.query<Omit<TypeCoverage, 'never' | 'driftOpen'>>(
    `select a.${shape.type.name}::text as type, count(*) as rows, count(*) filter (where ${done.sql}) as hashed,
         min(${time}) filter (where ${done.sql}) as "oldestAt"
       from ${shape.table} a left join ${digestsOf(shape)}
       where ${rows.sql} group by 1 order by 1`,
  );
  const drift = await ledger.query<{ type: string | null; open: number }>(
    `select o.artifact_type as type, count(*) as open from salvor.drift o
     where o.${ofTable(shape)} and o.state = 'open' group by 1`,
  );
  const open = new Map(drift.rows.map((row) => [row.type, row.open]));
  return result.rows.map((row) => ({
    ...row,
    never: row.rows - row.hashed,
    driftOpen: open.get(row.type) ?? 0,
  }));
}
