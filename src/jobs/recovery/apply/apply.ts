import type { ExitCode } from '../../../core/failure.js';
import { StopRequest } from '../../../core/stop.js';
import { changeSince } from '../plan/basis.js';
import type { PlanDocument, PlanRow } from '../plan/plan-document.js';
import { type RecoverySummary, summaryOf } from '../report/summary.js';
import { settleLeftovers } from '../undo/settle-leftovers.js';
import type { ApplyOptions, ApplyPorts } from './apply-options.js';
import { ApplyTally } from './apply-tally.js';
import { openTasks, rowsNow } from './apply-tasks.js';
import { bindRows } from './bind-rows.js';
import { unrecoverableChange } from './binding.js';
import { checkDestination } from './check-destination.js';

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
 * Does exactly what a plan says, where everything is still as the plan was based on, and says what of it could not be
 * done. Running it again after it was killed continues where it stopped.
 * @throws Failure `plan.other_destination` when the plan is not for the configured destination, `root.unavailable`
 */
export async function applyPlan(
  plan: PlanDocument,
  options: ApplyOptions,
  ports: ApplyPorts,
): Promise<Applied> {
  await ports.files.checkRoots();
  await checkDestination(plan, options.destination);
  const tally = new ApplyTally(plan, ports.emit);
  try {
    await ports.todos.exclusively(async () => {
      await settleLeftovers(ports, options.destination);
      const tasks = await openTasks(plan, tally, ports);
      await bindRows(tasks, { plan, options, ports, tally });
    });
    await markUnrecoverable(plan, options, ports, tally);
    await ports.ledger.remember(options.runId, plan.plan_id, plan.types, outcomesOf(plan, tally));
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

function* outcomesOf(plan: PlanDocument, tally: ApplyTally): Generator<ReturnType<typeof outcomeOf>> {
  for (const row of plan.rows) yield outcomeOf(row, tally);
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
    refusal === undefined
      ? row.explanation
      : `${row.explanation} It was not bound: ${refusal}. The next plan decides it again.`;
  return { ...row, status: tally.statusOf(row), explanation };
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
    const batch = marked.slice(at, at + BATCH_ROWS);
    const now = await rowsNow(
      batch.map((row) => row.id),
      ports,
    );
    const note = { runId: options.runId, actor: options.actor, now: ports.clock.now() };
    const open = batch.flatMap((row) => {
      const one = now.get(row.id);
      if (one === undefined) return tally.refuse(row, 'row.changed', 'the row is gone') ?? [];
      const { metadata } = one.artifact;
      const isMarked = metadata.kind === 'object' && metadata.keys.file_unrecoverable === 'true';
      if (isMarked) return [];
      const changed = changeSince(row, one);
      if (changed !== undefined) return tally.refuse(row, changed.code, changed.message) ?? [];
      return [{ row, change: unrecoverableChange(one.artifact, row.reason ?? '', note) }];
    });
    const changed = await ports.writer.commit({ changes: open.map(({ change }) => change), held: [] });
    for (const { row } of open) {
      if (!changed.has(row.id)) tally.refuse(row, 'row.changed', 'it was changed by others at the same time');
    }
  }
}
