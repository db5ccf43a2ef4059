import type { HealthDatabase } from './database.js';
import type { TableName } from './table-name.js';

/** What an insert must know about a column of the user's table. */
export interface TableColumn {
  name: string;
  /** The name of the base type, without domains: `text`, `varchar`, `timestamptz`, the name of an enum… */
  type: string;
  /** The output of `format_type`, for messages. */
  typeShown: string;
  /** The maximum length of text in characters; null for no limit. */
  maxLength: number | null;
  /** The labels of an enum, in order; null for every other type. */
  labels: string[] | null;
  notNull: boolean;
  hasDefault: boolean;
  /** False for a generated column and an identity GENERATED ALWAYS. */
  writable: boolean;
}

/** An existing table with its exact name. */
export interface FoundTable {
  schema: string;
  table: string;
  columns: TableColumn[];
}

const FIND_TABLE = `
  select c.oid::text as oid, n.nspname::text as schema, c.relname::text as table
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relname = $2 and c.relkind in ('r', 'p', 'v', 'f')
     and case when $1::text is null then pg_catalog.pg_table_is_visible(c.oid) else n.nspname = $1 end`;

/** A domain may be based on another domain; each may add a length, a default and NOT NULL. */
const READ_COLUMNS = `
  with recursive typed as (
    select a.attnum, a.attname, a.attidentity, a.attgenerated, a.atttypid as shown, a.atttypmod as shown_mod,
           a.atttypid as oid, a.atttypmod as typmod, a.attnotnull as not_null, a.atthasdef as has_default
      from pg_catalog.pg_attribute a
     where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
    union all
    select d.attnum, d.attname, d.attidentity, d.attgenerated, d.shown, d.shown_mod,
           t.typbasetype, greatest(d.typmod, t.typtypmod), d.not_null or t.typnotnull,
           d.has_default or t.typdefault is not null
      from typed d join pg_catalog.pg_type t on t.oid = d.oid and t.typtype = 'd'
  )
  select typed.attname::text as name, t.typname::text as type,
         pg_catalog.format_type(typed.shown, typed.shown_mod) as type_shown,
         case when t.typname in ('varchar', 'bpchar') and typed.typmod > 4 then typed.typmod - 4
              when t.typname = 'name' then 63 end as max_length,
         (select array_agg(e.enumlabel::text order by e.enumsortorder)
            from pg_catalog.pg_enum e where e.enumtypid = t.oid) as labels,
         typed.not_null, typed.has_default or typed.attidentity <> '' as has_default,
         typed.attidentity <> 'a' and typed.attgenerated = '' as writable
    from typed join pg_catalog.pg_type t on t.oid = typed.oid and t.typtype <> 'd'
   order by typed.attnum`;

interface ColumnRow {
  name: string;
  type: string;
  type_shown: string;
  max_length: number | null;
  labels: string[] | null;
  not_null: boolean;
  has_default: boolean;
  writable: boolean;
}

/** The first of `names` that exists, with its columns. Reads only the catalogs, which needs no grant. */
export async function findHealthTable(
  db: HealthDatabase,
  names: readonly TableName[],
): Promise<FoundTable | undefined> {
  for (const name of names) {
    const found = await db.query<{ oid: string; schema: string; table: string }>(FIND_TABLE, [
      name.schema ?? null,
      name.table,
    ]);
    const [row] = found.rows;
    if (row === undefined) continue;
    const { rows } = await db.query<ColumnRow>(READ_COLUMNS, [row.oid]);
    return { schema: row.schema, table: row.table, columns: rows.map(toColumn) };
  }
  return undefined;
}

function toColumn(row: ColumnRow): TableColumn {
  return {
    name: row.name,
    type: row.type,
    typeShown: row.type_shown,
    maxLength: row.max_length,
    labels: row.labels,
    notNull: row.not_null,
    hasDefault: row.has_default,
    writable: row.writable,
  };
}
