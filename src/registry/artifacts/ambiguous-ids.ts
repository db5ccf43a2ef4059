import { Failure } from '../../core/failure.js';
import type { Queries } from '../queries.js';
import type { AmbiguousIds } from './artifacts-port.js';
import type { ArtifactShape } from './table-schema.js';

/** More than this is not a table with a few wrong rows: the column is no id. Each takes some 100 bytes here. */
const MAX_AMBIGUOUS = 1_000_000;

/**
 * The ids that do not name exactly one row: of a composite key, of partitions, of a view that joins. Costs one pass
 * over the table, or nothing where a unique index on the id alone rules them out.
 * @throws Failure `registry.id_not_unique` when there are more than a million
 */
export async function findAmbiguousIds(db: Queries, shape: ArtifactShape): Promise<AmbiguousIds> {
  if (await isUnique(db, shape)) return { ids: new Set(), rows: 0, withoutId: 0 };
  const id = `a.${shape.id.name}`;
  const { rows } = await db.query<{ id: string | null; rows: number }>(
    `select ${id}::text as id, count(*) as rows from ${shape.table} a
     group by ${id} having count(*) > 1 or ${id} is null limit ${MAX_AMBIGUOUS + 1}`,
  );
  if (rows.length > MAX_AMBIGUOUS) {
    throw new Failure(
      'registry.id_not_unique',
      `the column ${shape.id.name} of ${shape.table} is no id: more than ${MAX_AMBIGUOUS} of its values are shared by several rows`,
      { hint: 'Set registry.columns.id to a column whose values are unique.' },
    );
  }
  const withId = rows.filter((row) => row.id !== null);
  return {
    ids: withId.length === 0 ? new Set() : await spellingsOf(db, shape),
    rows: rows.reduce((sum, row) => sum + Number(row.rows), 0),
    withoutId: Number(rows.find((row) => row.id === null)?.rows ?? 0),
  };
}

/** Equal ids may be spelled differently: `1` and `1.0`, or `a` and `A` by the rules of the column's collation. */
async function spellingsOf(db: Queries, { table, id }: ArtifactShape): Promise<Set<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select distinct a.${id.name}::text collate "C" as id from ${table} a
     where a.${id.name} in (select b.${id.name} from ${table} b group by b.${id.name} having count(*) > 1)
     limit ${MAX_AMBIGUOUS}`,
  );
  return new Set(rows.map((row) => row.id));
}

/** Not of a table with children by inheritance: their rows are not in its index. */
async function isUnique(db: Queries, { table, id }: ArtifactShape): Promise<boolean> {
  const { rows } = await db.query<{ unique: boolean }>(
    `select exists (
       select from pg_catalog.pg_index i
       join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attnotnull
       join pg_catalog.pg_class c on c.oid = i.indrelid
       where i.indrelid = $1::regclass and pg_catalog.quote_ident(a.attname) in ($2, $3)
         and i.indisunique and i.indisvalid and i.indpred is null and i.indnkeyatts = 1
         and (c.relkind = 'p' or not exists (select from pg_catalog.pg_inherits h where h.inhparent = c.oid))) as unique`,
    [table, id.name, id.name.replace(/^"(.*)"$/, '$1')],
  );
  return rows[0]?.unique === true;
}
