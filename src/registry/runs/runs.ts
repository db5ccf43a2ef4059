import { asUuid } from '../../core/uuid.js';
import type { Database } from '../database.js';
import type { ActiveRun, RunFilter, RunRecord, RunStart, Runs } from '../port.js';
import type { Queries } from '../queries.js';
import { encodeJson, encodeText } from '../text.js';
import { SessionRun } from './active-run.js';
import { closeDead, closePredecessors } from './dead-runs.js';
import { holdsLock, releaseRunLock, takeRunLock } from './run-lock.js';
import { RUN_COLUMNS, type RunRow, toRunRecord } from './run-row.js';
import { scopeKey } from './scope-key.js';

export interface RunTiming {
  /** Between two heartbeats. Default 15 s. */
  heartbeatMs?: number;
  /** A server that has not answered for this long counts as gone, even if connections are open. Default 1 minute. */
  silenceMs?: number;
}

const HEARTBEAT_MS = 15_000;
/** A run without a heartbeat for this long whose lock is free is dead. */
const DEAD_AFTER_MS = 5 * 60_000;
const SILENCE_MS = 60_000;
const LIST_LIMIT = 100;

/** `salvor.runs`. */
export class PostgresRuns implements Runs {
  readonly #database: Database;
  readonly #timing: RunTiming;

  constructor(database: Database, timing: RunTiming = {}) {
    this.#database = database;
    this.#timing = timing;
  }

  async begin(start: RunStart): Promise<ActiveRun> {
    const session = await this.#database.session();
    try {
      await takeRunLock(session, start);
      const dead = await session.transaction(async (tx) => {
        const closed = await closePredecessors(tx, start);
        await insertRow(tx, start);
        return closed;
      });
      const { heartbeatMs = HEARTBEAT_MS, silenceMs = SILENCE_MS } = this.#timing;
      return new SessionRun(start, { database: this.#database, session }, dead, { heartbeatMs, silenceMs });
    } catch (error) {
      await releaseRunLock(session, start);
      throw error;
    }
  }

  async list(filter: RunFilter): Promise<RunRecord[]> {
    return this.#select(
      `($1::text is null or job = $1) and ($2::text is null or scope = $2)
       and ($3::text is null or host = $3) and ($4::text is null or status = $4)
       and ($6::uuid is null or (started_at, id) < ((select r.started_at from salvor.runs r where r.id = $6::uuid), $6::uuid))
       order by started_at desc, id desc limit $5`,
      [
        stored(filter.job),
        stored(filter.scope),
        stored(filter.host),
        filter.status ?? null,
        filter.limit ?? LIST_LIMIT,
        filter.after ?? null,
      ],
    );
  }

  async get(id: string): Promise<RunRecord | undefined> {
    const uuid = asUuid(id);
    if (uuid === undefined) return undefined;
    const [run] = await this.#select('id = $1::uuid', [uuid]);
    return run;
  }

  async isRunning(id: string): Promise<boolean> {
    const uuid = asUuid(id);
    if (uuid === undefined) return false;
    const { rows } = await this.#database.query<{ running: boolean }>(
      `select status = 'running' and (heartbeat_at > pg_catalog.now() - $2 * interval '1 millisecond'
         or ${holdsLock('scope_key')}) as running
       from salvor.runs where id = $1::uuid`,
      [uuid, DEAD_AFTER_MS],
    );
    return rows[0]?.running === true;
  }

  async lastComplete(job: string, scope: string): Promise<RunRecord | undefined> {
    const newest = async (more: string): Promise<RunRecord | undefined> => {
      const [run] = await this.#select(
        `scope_key = $1 and job = $2 and scope = $3 and status in ('ok', 'findings') ${more}
         order by started_at desc, id limit 1`,
        [scopeKey(job, scope), encodeText(job), encodeText(scope)],
      );
      return run;
    };
    return (await newest('and qualifying')) ?? (await newest(''));
  }

  closeDead(): Promise<RunRecord[]> {
    return closeDead(this.#database, DEAD_AFTER_MS);
  }

  /**
   * Of every (job, scope, host): the newest run that is under way, the newest that ended, and both once more among
   * the qualifying ones. What a watchdog judges: a run under way must not hide how the one before it ended. Each kind is
   * found in the index after the one before it, so that it takes no longer with a long history.
   */
  async newestPerScope(job?: string): Promise<RunRecord[]> {
    const { rows } = await this.#database.query<RunRow>(
      `with recursive kinds as (
         (select scope_key, host, qualifying, status = 'running' as running from salvor.runs order by 1, 2, 3, 4 limit 1)
         union all
         select n.* from kinds k cross join lateral (
           select r.scope_key, r.host, r.qualifying, r.status = 'running' from salvor.runs r
           where (r.scope_key, r.host, r.qualifying, (r.status = 'running')) > (k.scope_key, k.host, k.qualifying, k.running)
           order by 1, 2, 3, 4 limit 1) as n)
       select n.* from kinds k cross join lateral (
         select ${RUN_COLUMNS} from salvor.runs r
         where r.scope_key = k.scope_key and r.host = k.host and r.qualifying = k.qualifying
           and (r.status = 'running') = k.running
         order by r.started_at desc, r.id limit 1) as n
       where $1::text is null or n.job = $1
       order by n.job, n.scope, n.host, n.qualifying, n.status = 'running'`,
      [stored(job)],
    );
    return rows.map(toRunRecord);
  }

  async #select(where: string, values: readonly unknown[]): Promise<RunRecord[]> {
    const { rows } = await this.#database.query<RunRow>(
      `select ${RUN_COLUMNS} from salvor.runs where ${where}`,
      values,
    );
    return rows.map(toRunRecord);
  }
}

function stored(text: string | undefined): string | null {
  return text === undefined ? null : encodeText(text);
}

async function insertRow(tx: Queries, start: RunStart): Promise<void> {
  await tx.query(
    `insert into salvor.runs (id, job, scope, host, pid, options, status, qualifying, version, started_at,
       heartbeat_at, scope_key, ledger_scope, ledger_key)
     values ($1, $2, $3, $4, $5, $6, 'running', $7, $8, $9, pg_catalog.now(), $10, $11, $12)`,
    [
      start.id,
      encodeText(start.job),
      encodeText(start.scope),
      encodeText(start.host),
      process.pid,
      encodeJson(start.options),
      start.qualifying,
      start.version,
      start.startedAt,
      scopeKey(start.job, start.scope),
      start.ledgerScope === undefined ? null : encodeText(start.ledgerScope),
      start.ledgerScope === undefined ? null : scopeKey(start.job, start.ledgerScope),
    ],
  );
}
