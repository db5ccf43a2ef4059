import { Failure } from '../../../core/failure.js';
import type { ArtifactReader, ArtifactWriter, Queries } from '../../../registry/artifacts/artifacts-port.js';
import type { RecoveryLedger, Seen } from '../../../registry/recovery/recovery-port.js';
import { unrecoverableChange } from '../apply/binding.js';
import { BASIS_KEYS, RECOVERED_FROM } from '../plan/basis.js';
import type { PlanDocument, PlanRow } from '../plan/plan-document.js';
import { bindObstacle } from './bind-obstacle.js';

/** The part of a plan that a decision needs: its id, and the row to decide. */
export type ReviewedPlan = Pick<PlanDocument, 'plan_id' | 'rows'>;

/** The part of a plan that is recorded with an unrecoverable mark. */
export type SearchedPlan = ReviewedPlan & Pick<PlanDocument, 'created_at' | 'sources'>;

export interface ReviewPorts {
  ledger: RecoveryLedger;
  artifacts: ArtifactReader;
  actor: string;
  /** What the page showed; absent if the person saw the plan itself. */
  seen?: Seen | undefined;
  /** Shared by decisions that are made together. */
  groupId?: string | undefined;
}

/**
 * Records that a person accepts exactly this candidate. The next plan binds it.
 * @throws Failure `review.unknown`; `review.unbindable`, `decision.changed`, `row.changed` (exit 1)
 */
export async function acceptCandidate(
  plan: ReviewedPlan,
  id: string,
  { cid, note }: { cid: string; note: string | null },
  ports: ReviewPorts,
): Promise<void> {
  const row = rowOf(plan, id);
  const candidate = candidateOf(row, cid);
  const obstacle = bindObstacle(row);
  if (obstacle !== undefined) throw new Failure('review.unbindable', `${id}: ${obstacle}`, { exitCode: 1 });
  await decide(
    row,
    { decision: 'accept', cid, detail: { plan_id: plan.plan_id, ...candidate } },
    note,
    ports,
  );
}

/** Records that one candidate, or every candidate in the plan, is not the artifact's file. */
export async function rejectCandidate(
  plan: ReviewedPlan,
  id: string,
  { cid, note }: { cid: string | null; note: string | null },
  ports: ReviewPorts,
): Promise<void> {
  const row = rowOf(plan, id);
  const candidates = cid === null ? allCandidates(row) : [candidateOf(row, cid)];
  await decide(row, { decision: 'reject', cid, detail: { plan_id: plan.plan_id, candidates } }, note, ports);
}

/** Records a decision only if the row has not changed since the person saw it. */
async function decide(
  row: PlanRow,
  what: { decision: 'accept' | 'reject'; cid: string | null; detail: unknown },
  note: string | null,
  ports: ReviewPorts,
): Promise<void> {
  const { ledger, actor, groupId } = ports;
  await requireUnmarked(row, ports.artifacts);
  await ledger.decide({ artifactId: row.id, ...what, note, actor, groupId }, seenOf(row, ports));
}

function seenOf(row: PlanRow, { seen }: ReviewPorts): Seen {
  return seen ?? { plan: row.basis?.decision ?? null };
}

/** @throws Failure `row.changed` if the row was marked or bound since the plan was made */
async function requireUnmarked(row: PlanRow, artifacts: ArtifactReader): Promise<void> {
  const [now] = await artifacts.read([row.id], { keys: BASIS_KEYS });
  const changed = (message: string): Failure =>
    new Failure('row.changed', `${row.id}: ${message}`, { exitCode: 1, hint: 'make a new plan' });
  if (now === undefined) throw changed('the row no longer exists');
  if (now.metadata.kind === 'bad') return;
  const { keys } = now.metadata;
  const known = row.basis?.keys ?? {};
  if (keys.file_unrecoverable === 'true' && known.file_unrecoverable !== 'true')
    throw changed('it was marked as unrecoverable since the plan was made');
  if ((keys[RECOVERED_FROM] ?? null) !== null && known[RECOVERED_FROM] === undefined)
    throw changed('a file was bound to it since the plan was made');
}

/**
 * Withdraws people's decisions about an artifact's candidates. The next plan ignores them.
 * @throws Failure `review.unknown` if there is no such decision, `decision.changed`
 */
export async function withdrawDecision(
  id: string,
  note: string | null,
  ports: Pick<ReviewPorts, 'ledger' | 'actor' | 'seen'>,
): Promise<void> {
  if (await ports.ledger.withdraw({ artifactId: id, note, actor: ports.actor }, ports.seen)) return;
  throw unknown(`there is no decision about ${JSON.stringify(id)} to withdraw`);
}

/**
 * Marks the file of an artifact as permanently lost, with the state of the search. Works for any row; if the plan has
 * the row, it supplies what was searched.
 * @throws Failure `review.unknown`; `row.changed`, `decision.changed` (exit 1)
 */
export async function declareUnrecoverable(
  plan: SearchedPlan | undefined,
  id: string,
  reason: string,
  ports: ReviewPorts & { writer: ArtifactWriter; runId: string | null; now: Date },
): Promise<void> {
  const [artifact] = await ports.artifacts.read([id], { keys: BASIS_KEYS });
  if (artifact === undefined) throw unknown(`no artifact has the id ${JSON.stringify(id)}`);
  if (artifact.metadata.kind === 'bad') {
    throw new Failure('row.changed', `the metadata of ${id} cannot be changed: ${artifact.metadata.reason}`);
  }
  const row = plan?.rows.find((one) => one.id === id);
  const searched =
    plan === undefined ? null : { plan_id: plan.plan_id, created_at: plan.created_at, sources: plan.sources };
  const { actor, groupId } = ports;
  const decision = {
    ...{ artifactId: id, decision: 'unrecoverable' as const, cid: null },
    ...{ detail: { searched }, note: reason, actor, groupId },
  };
  const seen = ports.seen ?? (row === undefined ? undefined : seenOf(row, ports));
  const change = unrecoverableChange(artifact, reason, ports);
  let isRecorded = false;
  const record = async (tx?: Queries): Promise<void> => {
    await ports.ledger.decide(decision, seen, tx);
    isRecorded = true;
  };
  const changed = await ports.writer.commit({
    changes: [change],
    held: [],
    alongside: (tx, ids) => (ids.has(id) ? record(tx) : Promise.resolve()),
  });
  if (!changed.has(id)) {
    const message = `another process changed artifact ${id} at the same time`;
    throw new Failure('row.changed', message, { exitCode: 1 });
  }
  // A script cannot include the other changes of this transaction.
  if (!isRecorded) await record();
}

function rowOf(plan: ReviewedPlan, id: string): PlanRow {
  const row = plan.rows.find((one) => one.id === id);
  if (row === undefined) throw unknown(`the plan has no row ${JSON.stringify(id)}`);
  return row;
}

/** Includes hints: a person may accept one. */
function allCandidates(row: PlanRow): PlanRow['candidates'] {
  return [...row.candidates, ...(row.similar ?? [])];
}

function candidateOf(row: PlanRow, cid: string): PlanRow['candidates'][number] {
  const candidate = allCandidates(row).find((one) => one.cid === cid);
  if (candidate === undefined)
    throw unknown(`${row.id} has no candidate ${JSON.stringify(cid)} in this plan`);
  return candidate;
}

function unknown(message: string): Failure {
  return new Failure('review.unknown', message, {
    hint: 'run `salvor recovery review` to see the rows and candidates',
    exitCode: 2,
  });
}
