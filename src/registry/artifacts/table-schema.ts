import { Failure } from '../../core/failure.js';
import { tableExists } from '../queries/table-exists.js';
import type { Queries } from '../queries.js';
import { type DigestPlace, type DigestSource, keyPlace } from './recorded-columns.js';
import { parseTableName, quoteTableName } from './table-name.js';

/** The artifacts table as the configuration names it. */
export interface ArtifactTable {
  table: string;
  columns: { id: string; type: string; path: string; metadata: string };
  /** Columns that no update of Salvor's may change, not even by way of a trigger. */
  guard?: readonly string[] | undefined;
  /** Digests that were recorded before Salvor. */
  digests?: readonly DigestSource[] | undefined;
}

/** Names are quoted and ready for SQL; types are SQL's own names. */
export interface ArtifactShape {
  /** `schema.table`, quoted where SQL needs it. Salvor's own tables name the table of an entry by it. */
  table: string;
  /** `type` has no length or precision and is no domain: no value is cut or refused by a cast to it. */
  id: { name: string; type: string };
  type: { name: string; type: string };
  path: { name: string; type: string };
  /** `jsonb` is merged by the server; the others keep text that is spliced. Its type is the one to cast a value to. */
  metadata: { name: string; type: string; merges: boolean };
  guard: readonly string[];
  digests: readonly DigestPlace[];
  /** Whether Salvor's own tables are in the same database: where it is only read they may be missing. */
  hasState: boolean;
}

interface Column {
  name: string;
  type: string;
  base: string;
}

const METADATA_TYPES = new Set(['jsonb', 'json', 'text', 'varchar']);

/**
 * Looks the table up in the catalog. A name that was not quoted is first taken to the letter, then as SQL would fold it.
 * @throws Failure `registry.missing_table`, `registry.missing_column`, `registry.column_type`
 */
export async function describeArtifacts(db: Queries, config: ArtifactTable): Promise<ArtifactShape> {
  const table = await findTable(db, config.table);
  const columns = await columnsOf(db, table);
  const id = pick(columns, config.columns.id, table);
  const type = pick(columns, config.columns.type, table);
  const path = pick(columns, config.columns.path, table);
  const metadata = pick(columns, config.columns.metadata, table);
  requireMetadataType(table, metadata);
  return {
    table,
    id: { name: quoteTableName(id.name), type: await keyType(db, table, id) },
    type: sqlOf(type),
    path: sqlOf(path),
    metadata: { ...sqlOf(metadata), merges: metadata.base === 'jsonb' },
    guard: (config.guard ?? []).map((name) => quoteTableName(pick(columns, name, table).name)),
    digests: (config.digests ?? [])
      .filter(({ sidecar }) => sidecar === undefined)
      .map((source) =>
        source.column === undefined
          ? keyPlace(source, { ...sqlOf(metadata), merges: metadata.base === 'jsonb' })
          : columnPlace(source, pick(columns, source.column, table)),
      ),
    hasState: await tableExists(db, 'salvor.digests'),
  };
}

function columnPlace({ algorithm, types }: DigestSource, { name, base }: Column): DigestPlace {
  const column = `a.${quoteTableName(name)}`;
  const sql = base === 'bytea' ? `pg_catalog.encode(${column}, 'hex')` : `${column}::text`;
  return { source: name, algorithm, types, sql, path: [] };
}

function sqlOf(column: Column): { name: string; type: string } {
  return { name: quoteTableName(column.name), type: castTypeOf(column) };
}

/** Types of text that may have a maximum length. */
const TEXTS = new Set(['text', 'varchar', 'bpchar']);

/**
 * The type to cast a value to before it is written to a column. A cast to `varchar(n)` would silently cut what is too
 * long; without it the server refuses the value.
 */
export function castTypeOf({ type, base }: Column): string {
  return TEXTS.has(base) ? 'text' : type;
}

/** The quoted name with its schema of a table (or a view) that is there. @throws Failure `registry.missing_table` */
export async function findTable(db: Queries, name: string): Promise<string> {
  const parts = parseTableName(name);
  const spellings = [
    parts.map((part) => quoteTableName(part.name)).join('.'),
    parts.map((part) => quoteTableName(part.quoted ? part.name : part.name.toLowerCase())).join('.'),
  ];
  const { rows } = await db.query<{ table: string; kind: string }>(
    `select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as table, c.relkind::text as kind
     from unnest($1::text[]) with ordinality as s(spelling, ord)
     join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(s.spelling)
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     order by s.ord`,
    [spellings],
  );
  const found = rows.find(({ kind }) => 'rpvf'.includes(kind));
  if (found) return found.table;
  const other = rows[0];
  if (other?.kind === 'm')
    throw new Failure(
      'registry.not_updatable',
      `${other.table} is a materialized view, which cannot be updated`,
      {
        hint: 'Set registry.table to the table that it is computed from.',
      },
    );
  throw new Failure('registry.missing_table', `there is no table ${name} in the registry`, {
    hint: 'set registry.table to its name, with its schema',
  });
}

/** Every column of a table with its type's name in SQL. */
export async function columnsOf(db: Queries, table: string): Promise<Column[]> {
  const { rows } = await db.query<Column>(
    `select a.attname as name, pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
            coalesce(b.typname, t.typname) as base
     from pg_catalog.pg_attribute a
     join pg_catalog.pg_type t on t.oid = a.atttypid
     left join pg_catalog.pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
     where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped`,
    [table],
  );
  return rows;
}

/** A column by its name, to the letter or folded as SQL would. @throws Failure `registry.missing_column` */
export function pick(columns: readonly Column[], name: string, table: string): Column {
  const found =
    columns.find((column) => column.name === name) ??
    columns.find((column) => column.name === name.toLowerCase());
  if (found) return found;
  throw new Failure('registry.missing_column', `the table ${table} has no column ${name}`, {
    hint: `set its name in the configuration; there are: ${columns.map((column) => column.name).join(', ')}`,
  });
}

/**
 * The type that ids are compared in: the column's without its length, of a domain what it is over. Any type will do
 * that has equality and order and comes back from its text as the same value, whatever the session's settings are.
 * @throws Failure `registry.id_type`
 */
async function keyType(db: Queries, table: string, column: Column): Promise<string> {
  const { rows } = await db.query<{ type: string; fits: boolean }>(
    `with recursive base as (
       select t.oid, t.typtype, t.typbasetype from pg_catalog.pg_attribute a
       join pg_catalog.pg_type t on t.oid = a.atttypid where a.attrelid = $1::regclass and a.attname = $2
       union all
       select t.oid, t.typtype, t.typbasetype from base b join pg_catalog.pg_type t on t.oid = b.typbasetype
     )
     select pg_catalog.format_type(b.oid, -1) as type,
       t.typtype in ('b', 'e') and t.typcategory <> 'A' and t.typarray <> 0
       and t.typname not in ('float4', 'float8', 'interval', 'money', 'xid', 'xid8')
       and exists (
         select from pg_catalog.pg_opclass o join pg_catalog.pg_am m on m.oid = o.opcmethod
         where m.amname = 'btree' and o.opcdefault and (
           o.opcintype = t.oid or (t.typtype = 'e' and o.opcintype = 'pg_catalog.anyenum'::regtype)
           or exists (select from pg_catalog.pg_cast c
             where c.castsource = t.oid and c.casttarget = o.opcintype and c.castmethod = 'b'))) as fits
     from base b join pg_catalog.pg_type t on t.oid = b.oid where b.typtype <> 'd'`,
    [table, column.name],
  );
  const found = rows[0];
  if (found?.fits) return found.type;
  throw new Failure(
    'registry.id_type',
    `the column ${column.name} of ${table} is ${column.type}: ids of this type cannot be distinguished by their text`,
    {
      hint: 'set registry.columns.id to a column of type text, char, uuid, integer, numeric, an enum, or a domain over one of these',
    },
  );
}

function requireMetadataType(table: string, column: Column): void {
  if (METADATA_TYPES.has(column.base)) return;
  throw new Failure(
    'registry.column_type',
    `the column ${column.name} of ${table} is ${column.type}, and metadata must be jsonb, json or text`,
    { hint: 'name another column in registry.columns' },
  );
}
