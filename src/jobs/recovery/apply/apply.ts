import type { ExitCode } from '../../../core/failure.js';
import { StopRequest } from '../../../core/stop.js';
import { changeSince } from '../plan/basis.js';
import type { PlanRow } from '../plan/plan-document.js';
import type { StoredPlan } from '../plan/stored-plan.js';
import { type RecoverySummary, summaryOf } from '../report/summary.js';
import { settleLeftovers } from '../undo/settle-leftovers.js';
import type { ApplyOptions, ApplyPorts } from './apply-options.js';
import { ApplyTally } from './apply-tally.js';
import { batchesWithNow, openTasks } from './apply-tasks.js';
import { bindRows } from './bind-rows.js';
import { unrecoverableChange } from './binding.js';
import { checkDestination } from './check-destination.js';
import { entriesTogether } from './entries-together.js';

export interface Applied {
  summary: RecoverySummary;
  /** 1 when something planned was refused or failed. */
  exitCode: ExitCode;
  /** The final state of a plan row, for the reports. */
  endOf(row: PlanRow): PlanRow;
}

/**
 * Applies a plan to every row that has not changed since the plan was made, and reports the rows that it could not apply. If it is killed, running it again continues where it stopped.
 * @throws Failure `plan.other_destination` when the plan is not for the configured destination, `root.unavailable`,
 *   `plan.edited` when the plan file changed during the apply
 */
export async function applyPlan(
  plan: StoredPlan,
  options: ApplyOptions,
  ports: ApplyPorts,
): Promise<Applied> {
  const { head, entries } = plan;
  await ports.files.checkRoots();
  await checkDestination(head, options.destination);
  const planned = entries.filter((entry) => entry.status === 'to_bind');
  const tally = new ApplyTally(planned.length, ports.emit);
  try {
    await ports.todos.exclusively(async () => {
      await settleLeftovers(ports, options.destination);
      for (const group of entriesTogether(planned, ports.sources)) {
        const tasks = await openTasks(head, plan.read(group), tally, ports);
        await bindRows(tasks, { plan: head, options, ports, tally });
      }
    });
    await markUnrecoverable(plan, options, ports, tally);
    await ports.ledger.remember(options.runId, head.plan_id, head.types, outcomesOf(plan, tally));
  } catch (error) {
    if (!ports.signal.aborted || !(ports.signal.reason instanceof StopRequest)) throw error;
  }
  // Without it the next plan only has to read again what was refused.
  await ports.memory.save().catch(() => undefined);
  const summary = summaryOf(
    plan,
    { archivesSearched: 0, archivesStreamed: tally.archivesRead, bytesFetched: tally.bytesFetched },
    { statusOf: (row) => tally.statusOf(row), bytesRecovered: tally.bytesRecovered },
  );
  const { reason } = ports.signal;
  const exitCode =
    ports.signal.aborted && reason instanceof StopRequest ? reason.exitCode : tally.refused > 0 ? 1 : 0;
  return { summary, exitCode, endOf: (row) => endOf(row, tally) };
}

async function* outcomesOf(
  plan: StoredPlan,
  tally: ApplyTally,
): AsyncGenerator<ReturnType<typeof outcomeOf>> {
  for await (const row of plan.read(plan.entries)) yield outcomeOf(row, tally);
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
      : `${row.explanation} Not bound: ${refusal}. The next plan will reconsider it.`;
  return { ...row, status: tally.statusOf(row), explanation };
}

async function markUnrecoverable(
  plan: StoredPlan,
  options: ApplyOptions,
  ports: ApplyPorts,
  tally: ApplyTally,
): Promise<void> {
  const marked = plan.read(plan.entries.filter((entry) => entry.status === 'unrecoverable'));
  for await (const { batch, now } of batchesWithNow(marked, ports)) {
    const note = { runId: options.runId, actor: options.actor, now: ports.clock.now() };
    const open = batch.flatMap((row) => {
      const one = now.get(row.id);
      if (one === undefined) return tally.refuse(row, 'row.changed', 'the row no longer exists') ?? [];
      const { metadata } = one.artifact;
      const isMarked = metadata.kind === 'object' && metadata.keys.file_unrecoverable === 'true';
      if (isMarked) return [];
      const changed = changeSince(row, one);
      if (changed !== undefined) return tally.refuse(row, changed.code, changed.message) ?? [];
      return [{ row, change: unrecoverableChange(one.artifact, row.reason ?? '', note) }];
    });
    const changed = await ports.writer.commit({ changes: open.map(({ change }) => change), held: [] });
    for (const { row } of open) {
      if (!changed.has(row.id))
        tally.refuse(row, 'row.changed', 'another process changed the row at the same time');
    }
  }
}
