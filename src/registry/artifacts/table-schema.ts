import { Failure } from '../../core/failure.js';
import type { Queries } from '../queries.js';
import { parseTableName, quoteName } from './table-name.js';

/** The artifacts table as the configuration names it. */
export interface ArtifactTable {
  table: string;
  columns: { id: string; type: string; path: string; metadata: string };
  /** Columns that no update of Salvor's may change, not even by way of a trigger. */
  guard?: readonly string[] | undefined;
}

/** Names are quoted and ready for SQL; types are SQL's own names. */
export interface ArtifactShape {
  table: string;
  id: { name: string; type: string };
  type: { name: string; type: string };
  path: { name: string; type: string };
  /** `jsonb` is merged by the server; the others keep text that is spliced. */
  metadata: { name: string; type: string; merges: boolean };
  guard: readonly string[];
  /** Whether Salvor's own tables are in the same database: where it is only read they may be missing. */
  hasState: boolean;
}

interface Column {
  name: string;
  type: string;
  base: string;
}

const ID_TYPES = new Set(['text', 'varchar', 'bpchar', 'uuid', 'int2', 'int4', 'int8', 'name', 'citext']);
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
  requireType(table, 'id', id, ID_TYPES, 'text, uuid or an integer');
  requireType(table, 'metadata', metadata, METADATA_TYPES, 'jsonb, json or text');
  return {
    table,
    id: sqlOf(id),
    type: sqlOf(type),
    path: sqlOf(path),
    metadata: { ...sqlOf(metadata), merges: metadata.base === 'jsonb' },
    guard: (config.guard ?? []).map((name) => quoteName(pick(columns, name, table).name)),
    hasState: await hasState(db),
  };
}

async function hasState(db: Queries): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>(
    "select pg_catalog.to_regclass('salvor.digests') is not null as there",
  );
  return rows[0]?.there === true;
}

function sqlOf(column: Column): { name: string; type: string } {
  return { name: quoteName(column.name), type: column.type };
}

/** The quoted name with its schema of a table (or a view) that is there. @throws Failure `registry.missing_table` */
export async function findTable(db: Queries, name: string): Promise<string> {
  const parts = parseTableName(name);
  const spellings = [
    parts.map((part) => quoteName(part.name)).join('.'),
    parts.map((part) => quoteName(part.quoted ? part.name : part.name.toLowerCase())).join('.'),
  ];
  const { rows } = await db.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name
     from unnest($1::text[]) with ordinality as s(spelling, ord)
     join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(s.spelling)
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'f') order by s.ord limit 1`,
    [spellings],
  );
  const found = rows[0];
  if (found) return `${quoteName(found.schema)}.${quoteName(found.name)}`;
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

function requireType(table: string, role: string, column: Column, known: Set<string>, wanted: string): void {
  if (known.has(column.base)) return;
  throw new Failure(
    'registry.column_type',
    `the column ${column.name} of ${table} is ${column.type}, and ${role} must be ${wanted}`,
    { hint: 'name another column in registry.columns' },
  );
}
