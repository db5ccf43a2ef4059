import type { ExitCode } from '../../../core/failure.js';
import { StopRequest } from '../../../core/stop.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { PlanDocument, PlanRow } from '../plan/plan-document.js';
import { type RecoverySummary, summaryOf } from '../report/summary.js';
import type { ApplyOptions, ApplyPorts } from './apply-options.js';
import { ApplyTally } from './apply-tally.js';
import { bindRows, type Task } from './bind-rows.js';
import { BIND_KEYS, isBoundAlready, unrecoverableChange } from './binding.js';

export interface Applied {
  summary: RecoverySummary;
  /** 1 when something planned was refused or failed. */
  exitCode: ExitCode;
  /** The plan with its rows as they ended: what reports are made from. */
  ended: PlanDocument;
}

/** Rows are read again in batches of this size. */
const BATCH_ROWS = 500;

/**
 * Does exactly what a plan says, and says what of it could not be done. Running it again after it was killed goes on
 * where it stopped: a row that this plan has bound is bound, a file that stands in its place is not written again.
 */
export async function applyPlan(
  plan: PlanDocument,
  options: ApplyOptions,
  ports: ApplyPorts,
): Promise<Applied> {
  await ports.files.checkRoots();
  const tally = new ApplyTally(plan, ports.emit);
  try {
    const tasks = await openTasks(plan, tally, ports);
    await bindRows(tasks, plan, options, ports, tally);
    await markUnrecoverable(plan, options, ports, tally);
    await ports.ledger.remember(
      options.runId,
      plan.plan_id,
      plan.types,
      plan.rows.map((row) => outcomeOf(row, tally)),
    );
  } catch (error) {
    if (!ports.signal.aborted || !(ports.signal.reason instanceof StopRequest)) throw error;
  }
  const summary = summaryOf(
    plan,
    { archivesSearched: 0, archivesStreamed: tally.archivesRead, bytesFetched: tally.bytesFetched },
    { statusOf: (row) => tally.statusOf(row), bytesRecovered: tally.bytesRecovered },
  );
  const ended = { ...plan, rows: plan.rows.map((row) => endOf(row, tally)) };
  const { reason } = ports.signal;
  if (ports.signal.aborted && reason instanceof StopRequest)
    return { summary, exitCode: reason.exitCode, ended };
  return { summary, exitCode: tally.refused > 0 ? 1 : 0, ended };
}

function outcomeOf(row: PlanRow, tally: ApplyTally) {
  const end = endOf(row, tally);
  return {
    artifactId: row.id,
    artifactType: row.artifact_type,
    status: end.status,
    row: JSON.stringify(end),
  };
}

function endOf(row: PlanRow, tally: ApplyTally): PlanRow {
  const refusal = tally.refusals.get(row.id);
  const explanation =
    refusal === undefined ? row.explanation : `${row.explanation} It was not bound: ${refusal}.`;
  return { ...row, status: tally.statusOf(row), explanation };
}

/** The rows that are still to be bound: as they were when the plan was made, and not bound by it yet. */
async function openTasks(plan: PlanDocument, tally: ApplyTally, ports: ApplyPorts): Promise<Task[]> {
  const planned = plan.rows.filter((row) => row.status === 'bound');
  const tasks: Task[] = [];
  for (let at = 0; at < planned.length; at += BATCH_ROWS) {
    const batch = planned.slice(at, at + BATCH_ROWS);
    const ids = batch.map((row) => row.id);
    const artifacts = new Map(
      (await ports.artifacts.read(ids, { keys: BIND_KEYS })).map((row) => [row.id, row]),
    );
    const rejected = await rejectedSince(ids, ports);
    for (const row of batch) {
      const task = taskOf(row, artifacts.get(row.id), plan, rejected, tally);
      if (task !== undefined) tasks.push(task);
    }
  }
  return tasks;
}

function taskOf(
  row: PlanRow,
  artifact: ArtifactRow | undefined,
  plan: PlanDocument,
  rejected: ReadonlySet<string>,
  tally: ApplyTally,
): Task | undefined {
  const candidate = row.candidates.find((one) => one.cid === row.chosen);
  const refuse = (code: string, message: string): undefined => tally.refuse(row, code, message);
  if (candidate === undefined || row.destination === null)
    return refuse('plan.invalid', 'the plan names no candidate for it');
  if (artifact === undefined) return refuse('row.changed', 'the row is gone');
  if (artifact.metadata.kind === 'bad')
    return refuse('row.changed', `its metadata can not be changed: ${artifact.metadata.reason}`);
  if (isBoundAlready(artifact, row, candidate, plan.plan_id)) return tally.bound(row, 0);
  if (artifact.path !== row.file_path)
    return refuse('row.changed', 'its file_path is not what it was when the plan was made');
  if (rejected.has(`${row.id} ${candidate.cid}`))
    return refuse('candidate.rejected', 'a person has rejected it since the plan was made');
  return { row, candidate, artifact };
}

/** What people have thrown out by now, whatever the plan says. */
async function rejectedSince(ids: readonly string[], ports: ApplyPorts): Promise<Set<string>> {
  const rejected = new Set<string>();
  for (const one of await ports.recovery.decisions(ids)) {
    if (one.cid === null) continue;
    const key = `${one.artifactId} ${one.cid}`;
    if (one.decision === 'reject') rejected.add(key);
    else rejected.delete(key);
  }
  return rejected;
}

async function markUnrecoverable(
  plan: PlanDocument,
  options: ApplyOptions,
  ports: ApplyPorts,
  tally: ApplyTally,
): Promise<void> {
  const marked = plan.rows.filter((row) => row.status === 'unrecoverable');
  for (let at = 0; at < marked.length; at += BATCH_ROWS) {
    ports.signal.throwIfAborted();
    const batch = new Map(marked.slice(at, at + BATCH_ROWS).map((row) => [row.id, row]));
    const artifacts = await ports.artifacts.read([...batch.keys()], { keys: BIND_KEYS });
    const open = artifacts.filter(
      (one) =>
        one.metadata.kind === 'object' &&
        one.metadata.keys.file_unrecoverable !== 'true' &&
        one.path === batch.get(one.id)?.file_path,
    );
    const note = { runId: options.runId, actor: options.actor, now: ports.clock.now() };
    const changes = open.map((one) => unrecoverableChange(one, batch.get(one.id)?.reason ?? '', note));
    const changed = await ports.writer.commit({ changes, held: [] });
    for (const { artifactId } of changes) {
      const row = batch.get(artifactId);
      if (row !== undefined && !changed.has(artifactId))
        tally.refuse(row, 'row.changed', 'it was changed by others at the same time');
    }
  }
}
