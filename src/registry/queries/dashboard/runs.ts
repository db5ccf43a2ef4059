import { asUuid } from '../../../core/uuid.js';
import type { LiveRun, RunDetail, RunFinding, RunInfo } from '../../../dashboard/api/runs.js';
import type { Page } from '../../../dashboard/api/session.js';
import type { DashboardSource, Sql } from '../../../dashboard/port.js';
import { notFound } from '../../../dashboard/security/refusal.js';
import { toFailures } from '../../runs/run-row.js';
import { decodeJson, decodeText } from '../../text.js';
import { runFindings } from '../run-findings.js';
import { undoneOf } from '../undone.js';
import type { JournalReads } from './journal.js';
import { decodeCursor, encodeCursor, FETCH_ROWS, PAGE_ROWS, pageOf } from './page.js';
import { time } from './stored.js';

/** Columns of a run, without its summary, which may be long. */
export const RUN_INFO = `r.id::text as id, r.job, r.scope, r.host, r.status, r.exit_code, r.qualifying, r.version,
  r.started_at, r.heartbeat_at, r.finished_at,
  r.status = 'running' and r.heartbeat_at < pg_catalog.now() - interval '5 minutes' as silent`;

/**
 * SQL for `series`: every combination of job, scope and host that ever ran. It steps through the index, so that a long
 * history does not slow it down.
 */
export const SERIES = `series as (
    (select scope_key, host from salvor.runs order by scope_key, host limit 1)
    union all
    select n.scope_key, n.host from series s cross join lateral (
      select r.scope_key, r.host from salvor.runs r where (r.scope_key, r.host) > (s.scope_key, s.host)
      order by r.scope_key, r.host limit 1) as n)`;

/** A row of `RUN_INFO`, with texts still encoded. */
export interface RunInfoRow extends Omit<RunInfo, 'started_at' | 'heartbeat_at' | 'finished_at'> {
  started_at: Date;
  heartbeat_at: Date;
  finished_at: Date | null;
}

export function toRunInfo(row: RunInfoRow): RunInfo {
  return {
    id: row.id,
    job: decodeText(row.job),
    scope: decodeText(row.scope),
    host: decodeText(row.host),
    status: row.status,
    exit_code: row.exit_code,
    qualifying: row.qualifying,
    version: row.version,
    started_at: time(row.started_at),
    heartbeat_at: time(row.heartbeat_at),
    finished_at: time(row.finished_at),
    silent: row.silent,
  };
}

/** Jobs whose success means that something was verified. */
const CHECKING_JOBS = [
  'listings verify',
  'listings check',
  'checksums backfill',
  'checksums verify',
  'recovery drill',
];

/** SQL for the newest finished run of a job that meets the condition. */
function lastOf(which: string): string {
  return `(select ${RUN_INFO}, r.summary from salvor.runs r
    where r.job = $1 and r.status <> 'running' and r.summary is not null and ${which}
    order by r.started_at desc limit 1)`;
}

/** Reads `salvor.runs`. */
export class RunReads {
  readonly #sql: Sql;
  readonly #source: Pick<DashboardSource, 'ledgerSql' | 'stateSql'>;
  readonly #journal: JournalReads;

  constructor(source: Pick<DashboardSource, 'ledgerSql' | 'stateSql'>, journal: JournalReads) {
    this.#source = source;
    this.#journal = journal;
    this.#sql = source.stateSql;
  }

  /** One page of runs, newest first. */
  async page(filter: { job?: string; status?: string; after?: string }): Promise<Page<RunInfo>> {
    const after = decodeCursor(filter.after, 2);
    const { rows } = await this.#sql.query<RunInfoRow & { cursor_at: string }>(
      `select ${RUN_INFO}, r.started_at::text as cursor_at from salvor.runs r
       where ($1::text is null or r.job = $1) and ($2::text is null or r.status = $2)
         and ($3::text is null or (r.started_at, r.id) < ($3::timestamptz, $4::uuid))
       order by r.started_at desc, r.id desc limit ${FETCH_ROWS}`,
      [filter.job ?? null, filter.status ?? null, after?.[0] ?? null, after?.[1] ?? null],
    );
    return pageOf(rows, toRunInfo, (row) => encodeCursor([row.cursor_at, row.id]));
  }

  async detail(id: string, after?: string): Promise<RunDetail> {
    const { rows } = await this.#sql.query<
      RunInfoRow & { options: unknown; summary: unknown; failures: unknown }
    >(`select ${RUN_INFO}, r.options, r.summary, r.failures from salvor.runs r where r.id = $1::uuid`, [
      asUuid(id) ?? null,
    ]);
    const [row] = rows;
    if (row === undefined) throw notFound('run with this id');
    return {
      ...toRunInfo(row),
      options: decodeJson(row.options) as Record<string, unknown>,
      summary: row.summary === null ? null : (decodeJson(row.summary) as Record<string, unknown>),
      failures: toFailures(decodeJson(row.failures)),
      undone: await this.#undone(row.id),
      findings: await this.#findings(row.id, row.finished_at, after),
      ...(await this.#journal.changesOf(row.id)),
    };
  }

  async #undone(id: string): Promise<RunDetail['undone']> {
    const undone = (await undoneOf(this.#source.ledgerSql, [id])).get(id);
    return undone === undefined ? null : { changes: undone.undone, at: time(undone.lastAt), by: undone.by };
  }

  async #findings(id: string, finishedAt: Date | null, after: string | undefined): Promise<Page<RunFinding>> {
    const query = { limit: PAGE_ROWS, after };
    const page = await runFindings(this.#sql, this.#source.ledgerSql, { id, finishedAt }, query);
    return {
      rows: page.rows.map(({ firstSeenAt, isNew, isOpen, ...row }) => ({
        ...row,
        first_seen_at: time(firstSeenAt),
        new: isNew,
        open: isOpen,
      })),
      next: page.next,
    };
  }

  /** Running runs, and those that ended in the last minute, so that their end is visible. */
  async live(): Promise<LiveRun[]> {
    const { rows } = await this.#sql.query<RunInfoRow>(
      `select ${RUN_INFO} from salvor.runs r
       where r.id in (
         (select id from salvor.runs where status = 'running' order by started_at desc limit 100)
         union all
         (select id from (select id, finished_at from salvor.runs order by started_at desc limit 50) as recent
          where finished_at > pg_catalog.now() - interval '1 minute'))
       order by r.started_at desc, r.id`,
    );
    return Promise.all(
      rows.map(async (row) => ({ ...toRunInfo(row), ...(await this.#journal.changesOf(row.id)) })),
    );
  }

  /** The newest run of every job, scope and host. */
  async newestPerScope(): Promise<RunInfo[]> {
    const { rows } = await this.#sql.query<RunInfoRow>(
      `with recursive ${SERIES}
       select ${RUN_INFO} from series s cross join lateral (
         select * from salvor.runs r where r.scope_key = s.scope_key and r.host = s.host
         order by r.started_at desc, r.id limit 1) as r
       order by r.job, r.scope, r.host limit 500`,
    );
    return rows.map(toRunInfo);
  }

  /** When a qualifying run of a checking job last ended with exit code 0. */
  async lastVerified(): Promise<string | null> {
    const { rows } = await this.#sql.query<{ at: Date | null }>(
      `select max(last.finished_at) as at from unnest($1::text[]) as j(job),
         lateral (select r.finished_at from salvor.runs r
           where r.job = j.job and r.qualifying and r.exit_code = 0 and r.status = 'ok'
           order by r.started_at desc limit 1) as last`,
      [CHECKING_JOBS],
    );
    return time(rows[0]?.at ?? null);
  }

  /** The last finished run of a job with its summary, a qualifying one if there is any. */
  async lastEnded(job: string): Promise<{ run: RunInfo; summary: Record<string, unknown> } | null> {
    const { rows } = await this.#sql.query<RunInfoRow & { summary: unknown }>(
      `${lastOf('r.qualifying')} union all ${lastOf('not r.qualifying')} limit 1`,
      [job],
    );
    const [row] = rows;
    if (row === undefined) return null;
    return { run: toRunInfo(row), summary: decodeJson(row.summary) as Record<string, unknown> };
  }
}
