import { Failure } from '../../../core/failure.js';
import type { ArtifactReader, ArtifactWriter } from '../../../registry/artifacts/artifacts-port.js';
import type { RecoveryLedger } from '../../../registry/recovery/recovery-port.js';
import { unrecoverableChange } from '../apply/binding.js';
import { BASIS_KEYS } from '../plan/basis.js';
import type { PlanDocument, PlanRow } from '../plan/plan-document.js';

/** What waits for a person: the rows of a plan that need a decision. */
export function waitingRows(plan: PlanDocument): PlanRow[] {
  return plan.rows.filter((row) => row.status === 'needs_review');
}

export interface ReviewPorts {
  ledger: RecoveryLedger;
  actor: string;
}

/** Records that a person wants exactly this candidate; the next plan binds it. @throws Failure `review.unknown` */
export async function acceptCandidate(
  plan: PlanDocument,
  id: string,
  cid: string,
  note: string | null,
  ports: ReviewPorts,
): Promise<void> {
  const candidate = candidateOf(rowOf(plan, id), cid);
  await ports.ledger.decide({
    artifactId: id,
    decision: 'accept',
    cid,
    detail: { plan_id: plan.plan_id, ...candidate },
    note,
    actor: ports.actor,
  });
}

/** Records that one candidate, or every one that is known by now, is not the artifact's file. */
export async function rejectCandidate(
  plan: PlanDocument,
  id: string,
  cid: string | null,
  note: string | null,
  ports: ReviewPorts,
): Promise<void> {
  const row = rowOf(plan, id);
  const candidates = cid === null ? allCandidates(row) : [candidateOf(row, cid)];
  await ports.ledger.decide({
    artifactId: id,
    decision: 'reject',
    cid,
    detail: { plan_id: plan.plan_id, candidates },
    note,
    actor: ports.actor,
  });
}

/**
 * Takes back what people said of an artifact's candidates: the next plan decides as if nobody had.
 * @throws Failure `review.unknown` when nothing of the kind was said last
 */
export async function withdrawDecision(id: string, note: string | null, ports: ReviewPorts): Promise<void> {
  if (await ports.ledger.withdraw({ artifactId: id, note, actor: ports.actor })) return;
  throw unknown(`no candidate of ${JSON.stringify(id)} was accepted or rejected last`);
}

/**
 * Marks an artifact as one whose file can't be had any more, by hand, with the state of the search.
 * @throws Failure `review.unknown`, `row.changed`
 */
export async function declareUnrecoverable(
  plan: PlanDocument | undefined,
  id: string,
  reason: string,
  ports: ReviewPorts & { artifacts: ArtifactReader; writer: ArtifactWriter; runId: string | null; now: Date },
): Promise<void> {
  const [artifact] = await ports.artifacts.read([id], { keys: BASIS_KEYS });
  if (artifact === undefined) throw unknown(`there is no artifact ${JSON.stringify(id)}`);
  if (artifact.metadata.kind === 'bad') {
    throw new Failure('row.changed', `the metadata of ${id} can not be changed: ${artifact.metadata.reason}`);
  }
  const searched =
    plan === undefined ? null : { plan_id: plan.plan_id, created_at: plan.created_at, sources: plan.sources };
  const change = unrecoverableChange(artifact, reason, ports);
  const changed = await ports.writer.commit({ changes: [change], held: [] });
  if (!changed.has(id))
    throw new Failure('row.changed', `the artifact ${id} was changed by others at the same time`);
  await ports.ledger.decide({
    artifactId: id,
    decision: 'unrecoverable',
    cid: null,
    detail: { searched },
    note: reason,
    actor: ports.actor,
  });
}

function rowOf(plan: PlanDocument, id: string): PlanRow {
  const row = plan.rows.find((one) => one.id === id);
  if (row === undefined) throw unknown(`the plan has no row ${JSON.stringify(id)}`);
  return row;
}

/** Hints included: a person may accept one. */
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
    hint: '`salvor recovery review` shows what there is',
    exitCode: 2,
  });
}
