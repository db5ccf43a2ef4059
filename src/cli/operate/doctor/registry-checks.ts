import { formatDuration } from '../../../core/durations.js';
import type { Database } from '../../../registry/database.js';
import { pendingMigrations } from '../../../registry/migrations/migrate.js';
import { broken, type Check, ok, warning } from './check.js';

/** Heartbeats, grace and the watchdog compare times of two clocks; minutes matter, seconds do not. */
const MAX_SKEW_MS = 60_000;

/** Is it there, is it up to date, may this role do what the jobs do, and is its clock ours? */
export async function registryChecks(database: Database): Promise<Check[]> {
  return [await reached(database), await schema(database), await grants(database), await clock(database)];
}

async function reached(database: Database): Promise<Check> {
  const { rows } = await database.query<{ version: string; role: string }>(
    "select current_setting('server_version') as version, current_user::text as role",
  );
  const [found] = rows;
  return ok('registry', `${database.location}: PostgreSQL ${found?.version}, as ${found?.role}`);
}

async function schema(database: Database): Promise<Check> {
  const pending = await pendingMigrations(database);
  if (pending.length === 0) return ok('registry schema', 'schema salvor is up to date');
  return broken(
    'registry schema',
    `schema salvor lacks ${pending.join(', ')}`,
    'salvor init, or doctor --print-sql for a DBA',
  );
}

async function grants(database: Database): Promise<Check> {
  const { rows } = await database.query<{ name: string; may: boolean }>(`
    select n.nspname || '.' || c.relname as name,
           has_schema_privilege(n.oid, 'usage') and
           has_table_privilege(c.oid, case when c.relname in ('migrations') then 'select' else 'select,insert' end) as may
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'salvor' and c.relkind in ('r', 'p') order by 1`);
  const refused = rows.filter((row) => !row.may).map((row) => row.name);
  if (refused.length === 0)
    return ok('registry grants', `may read and write ${rows.length} tables of schema salvor`);
  return broken(
    'registry grants',
    `no right to read or write ${refused.join(', ')}`,
    '`salvor doctor --print-sql` prints the grants',
  );
}

async function clock(database: Database): Promise<Check> {
  const before = Date.now();
  const { rows } = await database.query<{ now: Date }>('select clock_timestamp() as now');
  const middle = (before + Date.now()) / 2;
  return skewCheck('registry clock', (rows[0]?.now.getTime() ?? middle) - middle);
}

/** What a difference between another clock and ours means. */
export function skewCheck(name: string, skewMs: number): Check {
  const words = `${formatDuration(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead of'} this host's`;
  if (Math.abs(skewMs) < MAX_SKEW_MS) return ok(name, words);
  return warning(
    name,
    words,
    'run NTP on both hosts: grace, heartbeats and the watchdog compare their clocks',
  );
}

/** Whether the artifacts' table is there with its columns, and what may be done with it. */
export async function artifactsChecks(
  database: Database,
  table: string,
  columns: Readonly<Record<string, string>>,
  writes: boolean,
): Promise<Check[]> {
  const name = `artifacts ${table}`;
  const quoted = table
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
  const { rows } = await database.query<{
    oid: string | null;
    select: boolean | null;
    update: boolean | null;
  }>(
    `select to_regclass($1)::text as oid, has_table_privilege(to_regclass($1), 'select') as select,
            has_table_privilege(to_regclass($1), 'update') as update`,
    [quoted],
  );
  const [found] = rows;
  if (!found?.oid)
    return [broken(name, 'does not exist in the registry', 'registry.table names it, with its schema')];
  if (!found.select) return [broken(name, 'may not be read', `grant select on ${quoted} to the role`)];
  const existing = await database.query<{ name: string }>(
    'select attname as name from pg_catalog.pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped',
    [quoted],
  );
  const names = new Set(existing.rows.map((row) => row.name));
  const missing = Object.values(columns).filter((column) => !names.has(column));
  if (missing.length > 0)
    return [broken(name, `has no column ${missing.join(', ')}`, 'registry.columns names them')];
  if (writes && !found.update) {
    return [
      broken(name, 'may not be updated', `grant update on ${quoted} to the role, or registry.mode: readonly`),
    ];
  }
  return [ok(name, `${Object.values(columns).join(', ')} are there; may be ${writes ? 'updated' : 'read'}`)];
}
