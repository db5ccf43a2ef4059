import type { RunRecord, RunStart } from '../port.js';
import type { Queries } from '../queries.js';
import { encodeText } from '../text.js';
import { holdsLock } from './run-lock.js';
import { RUN_COLUMNS, type RunRow, toRunRecord } from './run-row.js';
import { scopeKey } from './scope-key.js';

/** What a dead run's row is given: nobody knows more. */
const DIED = { code: 'run.died', message: 'the process ended without closing its run' };

/** Who has the lock knows that no other run of this job and scope has it: those that say they run are dead. */
export async function closePredecessors(tx: Queries, start: RunStart): Promise<RunRecord[]> {
  return close(tx, 'r.scope_key = $1 and r.job = $2 and r.scope = $3', [
    scopeKey(start.job, start.scope),
    encodeText(start.job),
    encodeText(start.scope),
  ]);
}

/** Closes runs without a heartbeat for this long whose lock is free. */
export function closeDead(queries: Queries, silentMs: number): Promise<RunRecord[]> {
  return close(
    queries,
    `r.heartbeat_at < pg_catalog.now() - $1 * interval '1 millisecond' and not ${holdsLock('r.scope_key')}`,
    [silentMs],
  );
}

/**
 * Closes the runs that `which` says are dead, and opens a finding in the ledger of each, which the next run of the job
 * that comes to its end closes: a run that died is red also where no watchdog expects it.
 */
async function close(queries: Queries, which: string, values: readonly unknown[]): Promise<RunRecord[]> {
  const { rows } = await queries.query<RunRow>(
    `with dead as (
  update salvor.runs r
  set status = 'incomplete', exit_code = 3, finished_at = pg_catalog.now(),
    summary = '${JSON.stringify({ error: DIED })}', failures = '${JSON.stringify([DIED])}'
  where r.status = 'running' and ${which}
  returning ${RUN_COLUMNS}, r.scope_key, r.ledger_key),
told as (
  insert into salvor.findings (job, scope, code, subject, severity, violation, message, failure, first_seen_at,
    last_seen_at, first_run_id, last_run_id, scope_key, subject_key)
  select d.job, coalesce(d.ledger_scope, d.scope), '${DIED.code}', d.scope, 'error', false, '${DIED.message}', true,
    d.finished_at, d.finished_at, d.id, d.id, coalesce(d.ledger_key, d.scope_key),
    substring(pg_catalog.sha256(pg_catalog.convert_to(d.scope, 'UTF8')) from 1 for 16)
  from dead d
  on conflict do nothing)
select ${RUN_COLUMNS} from dead`,
    values,
  );
  return rows.map(toRunRecord);
}
