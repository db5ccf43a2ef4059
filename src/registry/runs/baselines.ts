import { Failure } from '../../core/failure.js';
import { asUuid } from '../../core/uuid.js';
import type { Database } from '../database.js';
import type { Baselines } from '../port.js';
import { LAST_SEEN_AT } from '../queries/last-seen.js';
import { decodeText, encodeText } from '../text.js';

/** The violations that a person accepted, as marks on the open findings. */
export class PostgresBaselines implements Baselines {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async accept(runId: string): Promise<{ scope: string; accepted: number; dropped: number }> {
    return this.#database.transaction(async (tx) => {
      const found = await tx.query<{ id: string; scope: string; status: string }>(
        'select id, scope, status from salvor.runs where id = $1::uuid',
        [asUuid(runId) ?? null],
      );
      const run = found.rows[0];
      if (run === undefined) throw unknownRun(runId);
      if (run.status !== 'ok' && run.status !== 'findings') throw notComplete(run.id, run.status);
      const marked = await tx.query<{ accepted: number; dropped: number }>(MARK, [run.id]);
      await tx.query(REMEMBER, [run.id]);
      const { accepted = 0, dropped = 0 } = marked.rows[0] ?? {};
      return { scope: decodeText(run.scope), accepted: Number(accepted), dropped: Number(dropped) };
    });
  }

  async show(
    scope?: string,
  ): Promise<{ scope: string; open: number; baseline: number; runId: string | null }[]> {
    const { rows } = await this.#database.query<ShowRow>(SHOW, [
      scope === undefined ? null : encodeText(scope),
    ]);
    return rows.map((row) => ({
      scope: decodeText(row.scope),
      open: Number(row.open),
      baseline: Number(row.baseline),
      runId: row.run_id,
    }));
  }
}

interface ShowRow {
  scope: string;
  open: number;
  baseline: number;
  run_id: string | null;
}

/**
 * An open finding was seen by every complete run between its first and its last sighting. Accepting replaces the
 * baseline: what the run did not see is no longer part of it.
 */
const MARK = `
with run as (
  select id, job, coalesce(ledger_scope, scope) as scope, coalesce(ledger_key, scope_key) as scope_key, finished_at
  from salvor.runs where id = $1),
judged as (
  select f.id, f.baseline as was, (r.id in (f.first_run_id, f.last_run_id)
    or r.finished_at between f.first_seen_at and ${LAST_SEEN_AT}) as seen
  from salvor.findings f
  join run r on f.scope_key = r.scope_key and f.job = r.job and f.scope = r.scope
  where f.resolved_at is null and f.violation),
marked as (
  update salvor.findings f set baseline = j.seen from judged j
  where f.id = j.id and f.baseline <> j.seen)
select count(*) filter (where seen) as accepted, count(*) filter (where was and not seen) as dropped from judged`;

const REMEMBER = `
insert into salvor.baselines (scope_key, job, scope, run_id, accepted_at)
select coalesce(ledger_key, scope_key), job, coalesce(ledger_scope, scope), id, pg_catalog.now()
from salvor.runs where id = $1
on conflict (scope_key) do update set run_id = excluded.run_id, accepted_at = excluded.accepted_at`;

const SHOW = `
with open_rows as (
  select scope_key, scope, count(*) as open, count(*) filter (where baseline) as baseline
  from salvor.findings
  where resolved_at is null and violation and ($1::text is null or scope = $1)
  group by scope_key, scope)
select coalesce(o.scope, b.scope) as scope, coalesce(o.open, 0) as open, coalesce(o.baseline, 0) as baseline, b.run_id
from open_rows o
full join (select * from salvor.baselines where $1::text is null or scope = $1) b on b.scope_key = o.scope_key
order by 1`;

function unknownRun(id: string): Failure {
  return new Failure('run.unknown', `there is no run ${JSON.stringify(id)}`, {
    hint: '`salvor runs list` shows the ids',
    exitCode: 2,
  });
}

function notComplete(id: string, status: string): Failure {
  return new Failure('baseline.not_complete', `run ${id} is ${status}: it did not see all that is there`, {
    hint: 'accept a run whose status is ok or findings',
  });
}
