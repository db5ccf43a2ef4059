import { Failure } from '../../core/failure.js';
import { findTable } from '../artifacts/table-schema.js';
import type { Database } from '../database.js';
import type { Queries } from '../queries.js';
import { ARTIFACTS_TABLE_SETTING } from './010-table-names.js';
import { migrations } from './all.js';
import { MIGRATIONS_TABLE, type Migration } from './migration.js';

export { printSql } from './print-sql.js';

/** One session migrates at a time. */
const MIGRATION_LOCK = '4963284772151296326';

/** The oldest server that has all that the statements use, and that is tested with. */
const OLDEST_SERVER = 130000;

/**
 * Applies what is pending, all of it or nothing, and returns the names. Any number of processes may do so at once.
 * `artifactsTable` is the configured table, which entries of older versions belong to.
 * @throws Failure `registry.newer_schema`, `registry.unsupported_server`, `registry.denied`
 */
export async function migrate(
  database: Database,
  steps: readonly Migration[] = migrations,
  artifactsTable?: string,
): Promise<string[]> {
  await checkServer(database);
  return database.transaction(async (tx) => {
    await tx.query('select pg_catalog.pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    const pending = await pendingSteps(tx, steps, database.location);
    if (pending.length === 0) return [];
    // "if not exists" would ask for the right to create schemas even where a DBA has made this one.
    if (!(await schemaExists(tx))) await tx.query('create schema salvor');
    await tx.query(MIGRATIONS_TABLE);
    await nameArtifactsTable(tx, artifactsTable);
    for (const step of pending) {
      await tx.query(step.sql);
      await tx.query('insert into salvor.migrations (version, name) values ($1, $2)', [
        step.version,
        step.name,
      ]);
    }
    return pending.map((step) => step.name);
  });
}

/**
 * The names of the steps that the database lacks.
 * @throws Failure `registry.newer_schema`
 */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const pending = await pendingSteps(database, migrations, database.location);
  return pending.map((step) => step.name);
}

/** What it means that these steps are missing. */
export function absenceText(pending: readonly string[]): string {
  return pending.length === migrations.length
    ? "Salvor's tables do not exist yet"
    : `Salvor's tables are from an older version and lack: ${pending.join(', ')}`;
}

/**
 * Makes sure that the tables are there: those of an embedded registry are made, those of another are only looked at,
 * as changing somebody's database is for `salvor init`.
 * @throws Failure `registry.not_initialised`
 */
export async function ensureSchema(
  database: Database,
  mode: 'auto' | 'always' | 'never',
  artifactsTable?: string,
): Promise<void> {
  if (mode === 'never') return;
  const pending = await pendingMigrations(database);
  if (pending.length === 0) return;
  if (mode === 'always' || database.kind === 'embedded') {
    await migrate(database, migrations, artifactsTable);
    return;
  }
  throw new Failure('registry.not_initialised', `registry ${database.location}: ${absenceText(pending)}`, {
    hint: 'run `salvor init`, or ask a DBA to run the SQL from `salvor doctor --print-sql`',
  });
}

async function pendingSteps(
  queries: Queries,
  steps: readonly Migration[],
  location: string,
): Promise<readonly Migration[]> {
  // Not to_regclass: it answers from the session's cache, which may still say "no" after waiting for the lock.
  const table = await queries.query(
    `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'salvor' and c.relname = 'migrations'`,
  );
  if (table.rowCount === 0) return steps;
  const { rows } = await queries.query<{ version: number; name: string }>(
    'select version, name from salvor.migrations order by version',
  );
  const newest = steps.at(-1)?.version ?? 0;
  const newer = rows.filter((row) => row.version > newest);
  if (newer.length > 0) {
    throw new Failure(
      'registry.newer_schema',
      `registry ${location}: a newer salvor has changed the schema (${newer.map((row) => row.name).join(', ')})`,
      { hint: 'bring this salvor up to date' },
    );
  }
  const done = new Set(rows.map((row) => row.version));
  return steps.filter((step) => !done.has(step.version));
}

async function nameArtifactsTable(tx: Queries, configured: string | undefined): Promise<void> {
  if (configured === undefined) return;
  const table = await findTable(tx, configured).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'registry.missing_table') return '';
    throw error;
  });
  await tx.query('select pg_catalog.set_config($1, $2, true)', [ARTIFACTS_TABLE_SETTING, table]);
}

async function schemaExists(tx: Queries): Promise<boolean> {
  const { rowCount } = await tx.query("select from pg_catalog.pg_namespace where nspname = 'salvor'");
  return rowCount > 0;
}

async function checkServer(database: Database): Promise<void> {
  const { rows } = await database.query<{ version: number; shown: string; encoding: string }>(
    `select pg_catalog.current_setting('server_version_num')::integer as version,
      pg_catalog.current_setting('server_version') as shown,
      pg_catalog.current_setting('server_encoding') as encoding`,
  );
  const server = rows[0];
  if (server === undefined) return;
  const wrong =
    server.version < OLDEST_SERVER
      ? `PostgreSQL ${server.shown} is older than 13`
      : server.encoding !== 'UTF8' && `its encoding is ${server.encoding}, not UTF8`;
  if (wrong === false) return;
  throw new Failure('registry.unsupported_server', `registry ${database.location}: ${wrong}`, {
    hint: 'use a database with encoding UTF8 on PostgreSQL 13 or later, or embedded:DIR',
  });
}
