import { Failure } from '../../core/failure.js';
import type { Commit, DriftDecision } from '../artifacts/artifacts-port.js';
import type { Queries } from '../queries.js';
import { decisionJournal, decisionStatement } from './drift-statement.js';

/**
 * Decides the drift entry of a commit, if it has one, in the transaction of its changes.
 * @throws Failure `row.changed`, `drift.closed`
 */
export async function decideInTransaction(
  tx: Queries,
  table: string,
  { changes, decision }: Commit,
  changed: ReadonlySet<string>,
): Promise<void> {
  if (!decision) return;
  const stale = changes.find((change) => !changed.has(change.artifactId));
  if (stale) {
    throw new Failure(
      'row.changed',
      `the artifact ${stale.artifactId} changed while the decision was being made`,
      { hint: 'look at the entry again, and repeat the decision' },
    );
  }
  const { text, values } = decisionStatement(decision);
  const { rowCount } = await tx.query(text, values);
  if (rowCount !== 1) throw notAsItWas(decision);
  if (changed.has(decision.artifactId)) return;
  const entry = decisionJournal(table, decision);
  await tx.query(entry.text, entry.values);
}

function notAsItWas({ driftId, from }: DriftDecision): Failure {
  return new Failure('drift.closed', `the drift entry ${driftId} is no longer ${from}`, {
    exitCode: 1,
    hint: '`salvor drift list --state all` shows its current state',
  });
}
