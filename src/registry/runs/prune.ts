import type { Database } from '../database.js';
import type { Queries } from '../queries.js';

/** What was looked at by one kind of pruning: how much may go, and what was kept though it is old enough. */
export interface Pruned {
  /** Deleted, or that would be. */
  rows: number;
  /** Old enough, but the newest of its kind or named by something that stays. */
  kept: number;
}

interface PruneOptions {
  /** Only what ended before this. */
  before: Date;
  /** Counts, and deletes nothing. */
  dryRun: boolean;
  signal: AbortSignal;
}

/** Rows of one transaction: short locks, and little to do again after a kill. */
const PAGE = 1000;

/**
 * A newer run of the same kind: same job, scope and host, qualifying or not. And where this run checked all that it was
 * asked, a newer one that did so as well: that is what the next run is compared with.
 */
const NOT_NEWEST = `exists (select from salvor.runs n
    where n.scope_key = r.scope_key and n.host = r.host and n.qualifying = r.qualifying
      and (n.status = 'running') = false and n.started_at > r.started_at)
  and (r.status not in ('ok', 'findings') or exists (select from salvor.runs n
    where n.scope_key = r.scope_key and n.qualifying = r.qualifying and n.status in ('ok', 'findings')
      and n.started_at > r.started_at))`;

/** Runs that open findings, a baseline or a coverage of the ledger name. */
const UNNAMED = `not exists (select from salvor.baselines b where b.run_id = r.id)
  and not exists (select from salvor.coverage c where c.run_id = r.id)
  and r.id <> all($3::uuid[])`;

/** Every run that an open finding names. */
const NAMED_BY_FINDINGS = `select distinct i.id from salvor.findings f,
  lateral (values (f.first_run_id), (f.last_run_id)) as i(id) where f.resolved_at is null`;

/** Of these runs, those that the journal of changes or an open drift names. Each looked up by itself: `exists` may read both tables whole. */
const NAMED_BY_JOURNAL = `select i.id from unnest($1::uuid[]) as i(id)
  where (select true from salvor.journal j where j.run_id = i.id limit 1)
    or (select true from salvor.drift d where d.run_id = i.id and d.state = 'open' limit 1)`;

/**
 * Deletes runs that ended before a time: never one that is under way, the newest of its kind, or one that the journal, an
 * open finding, open drift or a baseline names. `ledger` is the database of journal and drift.
 */
export async function pruneRuns(state: Database, ledger: Queries, options: PruneOptions): Promise<Pruned> {
  const { rows: named } = await state.query<{ id: string }>(NAMED_BY_FINDINGS);
  const open = named.map(({ id }) => id);
  const pruned: Pruned = { rows: 0, kept: 0 };
  for await (const page of endedRuns(state, options)) {
    const free = await state.query<{ id: string }>(
      `select r.id from salvor.runs r where r.id = any($1::uuid[]) and r.finished_at < $2 and ${NOT_NEWEST} and ${UNNAMED}`,
      [page, options.before, open],
    );
    const ids = free.rows.map(({ id }) => id);
    const { rows: journaled } = await ledger.query<{ id: string }>(NAMED_BY_JOURNAL, [ids]);
    const kept = new Set(journaled.map(({ id }) => id));
    const going = ids.filter((id) => !kept.has(id));
    const gone = options.dryRun
      ? going.length
      : (
          await state.query(
            `delete from salvor.runs r where r.id = any($1::uuid[]) and r.finished_at < $2 and ${NOT_NEWEST} and ${UNNAMED}`,
            [going, options.before, open],
          )
        ).rowCount;
    pruned.rows += gone;
    pruned.kept += page.length - gone;
  }
  return pruned;
}

/** Takes the summaries away from runs that ended before a time, but for the newest of each kind. The runs stay. */
export async function pruneSummaries(state: Database, options: PruneOptions): Promise<Pruned> {
  const pruned: Pruned = { rows: 0, kept: 0 };
  for await (const page of endedRuns(state, options, 'and r.summary is not null')) {
    const condition = `r.id = any($1::uuid[]) and r.finished_at < $2 and ${NOT_NEWEST}`;
    const { rowCount } = await state.query(
      options.dryRun
        ? `select from salvor.runs r where ${condition}`
        : `update salvor.runs r set summary = null where ${condition}`,
      [page, options.before],
    );
    pruned.rows += rowCount;
    pruned.kept += page.length - rowCount;
  }
  return pruned;
}

/** Ids of runs that ended before the time, the oldest first. */
async function* endedRuns(
  state: Database,
  { before, signal }: PruneOptions,
  more = '',
): AsyncGenerator<string[]> {
  let after: { id: string; at: string } | undefined;
  while (!signal.aborted) {
    // The time as text: a Date keeps no microseconds.
    const found: { rows: { id: string; at: string }[] } = await state.query(
      `select r.id, r.started_at::text as at from salvor.runs r
       where r.finished_at < $1 and r.started_at < $1 ${more}
         and ($2::text is null or (r.started_at, r.id) > ($2::timestamptz, $3::uuid))
       order by r.started_at, r.id limit ${PAGE}`,
      [before, after?.at ?? null, after?.id ?? null],
    );
    if (found.rows.length > 0) yield found.rows.map(({ id }) => id);
    after = found.rows.at(-1);
    if (found.rows.length < PAGE) return;
  }
}

/** Deletes findings that ended before a time, but for the newest of each scope and code. Open ones never. */
export async function pruneFindings(state: Database, options: PruneOptions): Promise<Pruned> {
  const newest = await state.query<{ id: string }>(
    `select max(id)::text as id from salvor.findings where resolved_at is not null group by scope_key, code`,
  );
  const kept = newest.rows.map(({ id }) => id);
  const pruned: Pruned = { rows: 0, kept: 0 };
  let after = '0';
  while (!options.signal.aborted) {
    const { rows } = await state.query<{ id: string; keep: boolean }>(
      `select f.id::text as id, f.id = any($3::bigint[]) as keep from salvor.findings f
       where f.id > $2::bigint and f.resolved_at < $1 order by f.id limit ${PAGE}`,
      [options.before, after, kept],
    );
    const going = rows.filter(({ keep }) => !keep).map(({ id }) => id);
    const gone = options.dryRun
      ? going.length
      : (
          await state.query('delete from salvor.findings where id = any($1::bigint[]) and resolved_at < $2', [
            going,
            options.before,
          ])
        ).rowCount;
    pruned.rows += gone;
    pruned.kept += rows.length - gone;
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PAGE) break;
  }
  return pruned;
}
