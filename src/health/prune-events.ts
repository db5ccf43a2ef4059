import type { HealthDatabase } from './database.js';

/** Events per statement, to keep locks short. */
const PAGE = 5000;

interface Pruned {
  rows: number;
  kept: number;
}

/**
 * Deletes rows of `fleet_health_events` that were written before a time, except the newest of each host, source and
 * check. It only touches the table that Salvor created; a table named by `health.table` belongs to the user. Undefined
 * if the table does not exist.
 */
export async function pruneEvents(
  db: HealthDatabase,
  { before, dryRun, signal }: { before: Date; dryRun: boolean; signal: AbortSignal },
): Promise<Pruned | undefined> {
  const { rows: there } = await db.query<{ there: boolean }>(
    "select pg_catalog.to_regclass('fleet_health_events') is not null as there",
  );
  if (there[0]?.there !== true) return undefined;
  const newest = await db.query<{ id: string }>(
    'select max(id)::text as id from fleet_health_events group by host, source, check_name',
  );
  const kept = newest.rows.map(({ id }) => id);
  const pruned: Pruned = { rows: 0, kept: 0 };
  let after = '0';
  while (!signal.aborted) {
    const { rows } = await db.query<{ id: string; keep: boolean }>(
      `select id::text as id, id = any($3::bigint[]) as keep from fleet_health_events
       where id > $2::bigint and created_at < $1 order by id limit ${PAGE}`,
      [before, after, kept],
    );
    const going = rows.filter(({ keep }) => !keep).map(({ id }) => id);
    if (!dryRun) await db.query('delete from fleet_health_events where id = any($1::bigint[])', [going]);
    pruned.rows += going.length;
    pruned.kept += rows.length - going.length;
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PAGE) break;
  }
  return pruned;
}
