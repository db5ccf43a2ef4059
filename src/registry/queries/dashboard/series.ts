import type { RunStatus } from '../../../dashboard/api/runs.js';
import type { Sql } from '../../../dashboard/port.js';
import { countsOf, type SeriesState } from '../../../health/prometheus-text.js';
import { decodeJson, decodeText } from '../../text.js';
import { SERIES } from './runs.js';

interface Row {
  job: string;
  scope: string;
  host: string;
  status: RunStatus;
  started_at: Date;
  last_exit_code: number | null;
  last_started_at: Date | null;
  last_finished_at: Date | null;
  summary: unknown;
  succeeded_at: Date | null;
  ended: Record<string, number>;
}

/** The metrics of every job, scope and host, like those in the textfile, read from `salvor.runs`. */
export async function seriesStates(sql: Sql): Promise<SeriesState[]> {
  const { rows } = await sql.query<Row>(
    `with recursive ${SERIES},
     counted as (
       select scope_key, host, status, count(*) as runs, max(finished_at) filter (where exit_code = 0) as succeeded_at
       from salvor.runs where status <> 'running' group by 1, 2, 3),
     ended as (
       select scope_key, host, pg_catalog.jsonb_object_agg(status, runs) as ended, max(succeeded_at) as succeeded_at
       from counted group by 1, 2)
     select n.job, n.scope, n.host, n.status, n.started_at, l.exit_code as last_exit_code,
       l.started_at as last_started_at, l.finished_at as last_finished_at, l.summary, e.succeeded_at,
       coalesce(e.ended, '{}') as ended
     from series s
     cross join lateral (
       select * from salvor.runs r where r.scope_key = s.scope_key and r.host = s.host
       order by r.started_at desc, r.id limit 1) as n
     left join lateral (
       select * from salvor.runs r where r.scope_key = s.scope_key and r.host = s.host and r.status <> 'running'
       order by r.finished_at desc, r.id limit 1) as l on true
     left join ended e on e.scope_key = s.scope_key and e.host = s.host
     order by 1, 2, 3 limit 1000`,
  );
  return rows.map(toState);
}

function toState(row: Row): SeriesState {
  const { last_started_at: started, last_finished_at: finished } = row;
  return {
    job: decodeText(row.job),
    scope: decodeText(row.scope),
    host: decodeText(row.host),
    status: row.status,
    startedAtMs: row.started_at.getTime(),
    ended: row.ended,
    last:
      finished === null || started === null
        ? null
        : {
            exitCode: row.last_exit_code,
            finishedAtMs: finished.getTime(),
            elapsedMs: Math.max(0, finished.getTime() - started.getTime()),
            counts: countsOf(decodeJson(row.summary)),
          },
    succeededAtMs: row.succeeded_at?.getTime() ?? null,
  };
}
