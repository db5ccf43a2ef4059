import { Failure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import type { Queries } from '../queries.js';
import { scopeKey } from '../runs/scope-key.js';
import type { PersonDecision, Seen } from './recovery-port.js';

/** What persons have decided about these artifacts since a decision was last withdrawn, oldest first. */
export async function decisionsOf(
  queries: Queries,
  table: string,
  ids: readonly string[],
): Promise<PersonDecision[]> {
  const { rows } = await queries.query<PersonDecision>(
    `select d.id::text as id, d.artifact_id as "artifactId", d.decision, d.cid, d.detail, d.note, d.actor,
       d.decided_at as at
     from salvor.decisions d
     where d.artifact_id = any($1::text[]) and d.table_name in ($2, '') and d.id > coalesce((
       select max(w.id) from salvor.decisions w
       where w.artifact_id = d.artifact_id and w.table_name in ($2, '') and w.decision = 'withdraw'), 0)
     order by d.id`,
    [ids, table],
  );
  return rows;
}

/** Until the transaction ends nobody else decides about these artifacts, or binds them. */
export async function lockDecisions(tx: Queries, ids: readonly string[]): Promise<void> {
  // Sorted: two transactions that lock several wait for each other in one order.
  for (const id of [...ids].sort())
    await tx.query('select pg_catalog.pg_advisory_xact_lock($1)', [scopeKey('decision', id)]);
}

/** The newest decision of an artifact, of any kind. */
export async function lastDecision(
  queries: Queries,
  table: string,
  id: string,
): Promise<LastDecision | undefined> {
  const { rows } = await queries.query<LastDecision>(
    `select d.id::text as id, d.decision, d.cid, d.actor, d.decided_at as at
     from salvor.decisions d where d.artifact_id = $1 and d.table_name in ($2, '') order by d.id desc limit 1`,
    [id, table],
  );
  return rows[0];
}

export interface LastDecision {
  id: string;
  decision: PersonDecision['decision'] | 'withdraw';
  cid: string | null;
  actor: string;
  at: Date;
}

/** @throws Failure `decision.changed` when somebody decided since what was seen */
export async function requireSeen(
  queries: Queries,
  table: string,
  { artifactId: id, actor }: Pick<PersonDecision, 'artifactId' | 'actor'>,
  seen: Seen,
): Promise<void> {
  const last = await lastDecision(queries, table, id);
  if ('page' in seen) {
    if ((last?.id ?? null) !== seen.page) throw changedDecision(id, last);
    return;
  }
  const counting = await decisionsOf(queries, table, [id]);
  if ((counting.at(-1)?.id ?? null) === seen.plan) return;
  // One's own decisions since the plan was made are known.
  const since = counting.filter((one) => seen.plan === null || BigInt(one.id) > BigInt(seen.plan));
  const other = since.findLast((one) => one.actor !== actor || one.decision === 'unrecoverable');
  if (other !== undefined || since.length === 0) throw changedDecision(id, other ?? last);
}

function changedDecision(id: string, last: LastDecision | PersonDecision | undefined): Failure {
  const message =
    last === undefined
      ? `the decision about ${id} that this was based on is gone`
      : `${describeDecision(last)} (artifact ${id})`;
  return new Failure('decision.changed', message, {
    exitCode: 1,
    hint: 'look at the row again; `salvor recovery review withdraw ID` takes a decision back',
  });
}

const VERBS = {
  accept: 'accepted',
  reject: 'rejected',
  unrecoverable: 'marked it as unrecoverable',
  withdraw: 'withdrew the decision',
} as const;

/** `alice@host rejected candidate 1a2b… on 2026-11-28 12:00`. */
function describeDecision(one: Pick<LastDecision, 'decision' | 'cid' | 'actor' | 'at'>): string {
  const isAboutCandidates = one.decision === 'accept' || one.decision === 'reject';
  const what = !isAboutCandidates ? '' : one.cid === null ? ' every candidate' : ` candidate ${one.cid}`;
  const at = timeText(one.at).slice(0, 16).replace('T', ' ');
  return `${one.actor} ${VERBS[one.decision]}${what} on ${at}`;
}
