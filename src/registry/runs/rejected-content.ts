import type { DriftEntry } from '../drift/drift-port.js';
import type { Queries } from '../queries.js';
import { encodeText } from '../text.js';
import { scopeKey, subjectKey } from './scope-key.js';

const JOBS = ['checksums backfill', 'checksums verify'] as const;

/** The rejection was undone: the drift is open again, and this finding has ended. */
export async function endRejectedContent(
  state: Queries,
  scope: string,
  { artifactIds, undoId }: { artifactIds: readonly string[]; undoId: string | null },
): Promise<void> {
  if (artifactIds.length === 0) return;
  await state.query(
    `update salvor.findings set resolved_at = pg_catalog.now(), resolved_run_id = $3, resolution = 'decided'
     where scope_key = any($1::bigint[]) and subject_key = any($2::bytea[]) and code = 'drift.rejected_remains'
       and resolved_at is null`,
    [JOBS.map((job) => scopeKey(job, scope)), artifactIds.map((id) => subjectKey(encodeText(id))), undoId],
  );
}

/**
 * A person said that the content is wrong, and the file still has it: that is open from now on, and not only once a run
 * reads the file again. The run that does keeps it open or ends it.
 * @param scope of the ledger that the checksum jobs have for this table
 */
export async function noteRejectedContent(
  state: Queries,
  scope: string,
  { entry, decisionId }: { entry: DriftEntry; decisionId: string },
): Promise<void> {
  // Without a digest on record, it is the backfill that reads the file again.
  const job = JOBS[entry.oldSha256 === null ? 0 : 1];
  const subject = encodeText(entry.artifactId);
  const message = `${entry.path} still has the content that was rejected (sha256 ${entry.newSha256})`;
  await state.query(
    `insert into salvor.findings (job, scope, code, subject, severity, violation, message, first_seen_at, last_seen_at,
       first_run_id, last_run_id, scope_key, subject_key)
     values ($1, $2, 'drift.rejected_remains', $3, 'warning', false, $4, pg_catalog.now(), pg_catalog.now(), $5, $5, $6, $7)
     on conflict (scope_key, subject_key, code) where resolved_at is null do nothing`,
    [
      ...[job, encodeText(scope), subject, encodeText(message), entry.runId ?? decisionId],
      ...[scopeKey(job, scope), subjectKey(subject)],
    ],
  );
}
