import type { DriftEntry } from '../drift/drift-port.js';
import type { Queries } from '../queries.js';
import { encodeText } from '../text.js';
import { scopeKey, subjectKey } from './scope-key.js';

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
  const job = entry.oldSha256 === null ? 'checksums backfill' : 'checksums verify';
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
