import { formatDuration } from '../../../core/durations.js';
import type { Database } from '../../../registry/database.js';
import { migrations } from '../../../registry/migrations/all.js';
import { absenceText, pendingMigrations } from '../../../registry/migrations/migrate.js';
import { broken, type Check, ok, warning } from './check.js';

/** Heartbeats, grace periods and the watchdog compare times of two clocks; a difference of seconds does not matter. */
const MAX_SKEW_MS = 60_000;

/** Checks that the registry is reachable and up to date, that the role has the grants for the jobs, and that clocks agree. */
export async function registryChecks(database: Database): Promise<Check[]> {
  const tables = await schema(database);
  const rights = tables.state === 'ok' ? [await grants(database)] : [];
  return [await reached(database), tables, ...rights, await clock(database)];
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
    `registry.not_initialised: ${absenceText(pending)}`,
    'run `salvor init`, or ask a DBA to run the SQL from `salvor doctor --print-sql`',
  );
}

/** All privileges that the migrations of the tables declare. */
async function grants(database: Database): Promise<Check> {
  const asked = migrations.flatMap(({ grants: of }) =>
    Object.entries(of).flatMap(([table, rights]) => rights.map((right) => ({ table, right }))),
  );
  const { rows } = await database.query<{ missing: string }>(
    `select g.privilege || ' on ' || g.name as missing
     from unnest($1::text[], $2::text[]) as g(name, privilege)
     where not (pg_catalog.has_schema_privilege('salvor', 'usage')
       and pg_catalog.has_table_privilege(pg_catalog.to_regclass(g.name), g.privilege))`,
    [asked.map((one) => one.table), asked.map((one) => one.right)],
  );
  const refused = rows.map((row) => row.missing);
  if (refused.length === 0) return ok('registry grants', 'can read and write the tables in schema salvor');
  return broken(
    'registry grants',
    `registry.denied: missing permissions: ${refused.join(', ')}`,
    'have a DBA run what `salvor doctor --print-sql` prints',
  );
}

async function clock(database: Database): Promise<Check> {
  const before = Date.now();
  const { rows } = await database.query<{ now: Date }>('select clock_timestamp() as now');
  const middle = (before + Date.now()) / 2;
  return skewCheck('registry clock', (rows[0]?.now.getTime() ?? middle) - middle);
}

/** Evaluates the difference between another clock and this host's. */
export function skewCheck(name: string, skewMs: number): Check {
  const words = `${formatDuration(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead of'} this host's`;
  if (Math.abs(skewMs) < MAX_SKEW_MS) return ok(name, words);
  return warning(
    name,
    words,
    'run NTP on both hosts (`timedatectl set-ntp true`): grace periods, heartbeats and the watchdog compare their clocks',
  );
}
