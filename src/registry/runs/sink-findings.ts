import type { Finding } from '../../core/finding.js';
import type { Queries } from '../queries.js';
import { encodeText } from '../text.js';
import { scopeKey, subjectKey } from './scope-key.js';

/** Under which the health sinks have their findings: they belong to a host and its configuration, and to no job. */
const JOB = 'health events';

/**
 * Settles what a host's health sinks did with a run's events: `failed` are open from now on, and all others have ended.
 * A ledger of its own, as the last event is sent when the run's own findings are settled.
 */
export async function settleSinks(
  queries: Queries,
  { host, runId, at }: { host: string; runId: string; at: Date },
  failed: readonly Finding[],
): Promise<void> {
  const key = scopeKey(JOB, host);
  const subjects = failed.map(({ subject }) => encodeText(subject));
  await queries.query(
    `with failed as (
       select distinct on (code, subject_key) * from unnest($6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[])
         as f(code, subject, severity, message, subject_key)),
     ended as (
       update salvor.findings o set resolved_at = $4, resolution = 'ran', resolved_run_id = $5
       where o.scope_key = $1 and o.job = $2 and o.scope = $3 and o.resolved_at is null
         and not exists (select from failed f where f.code = o.code and f.subject_key = o.subject_key))
     insert into salvor.findings (job, scope, code, subject, severity, violation, message, failure, first_seen_at,
       last_seen_at, first_run_id, last_run_id, scope_key, subject_key)
     select $2, $3, f.code, f.subject, f.severity, false, f.message, true, $4, $4, $5, $5, $1, f.subject_key from failed f
     on conflict (scope_key, subject_key, code) where resolved_at is null
       do update set last_seen_at = excluded.last_seen_at, last_run_id = excluded.last_run_id,
         message = excluded.message`,
    [
      key,
      JOB,
      encodeText(host),
      at,
      runId,
      failed.map(({ code }) => code),
      subjects,
      failed.map(({ severity }) => severity),
      failed.map(({ message }) => encodeText(message)),
      subjects.map(subjectKey),
    ],
  );
}
