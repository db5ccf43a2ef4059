import { relative } from 'node:path';
import { recordedDigest, SIZE_KEY } from '../../../core/checksum-marker.js';
import { inGroups } from '../../../core/groups.js';
import type { PersonDecision } from '../../../registry/recovery/recovery-port.js';
import { BASIS_KEYS, changeSince, type RowNow } from '../plan/basis.js';
import { placePath } from '../plan/missing-rows.js';
import { onRecord, recordedSha256s } from '../plan/on-record.js';
import { byArtifact } from '../plan/plan-conditions.js';
import type { PlanHead, PlanRow } from '../plan/plan-document.js';
import type { ApplyPorts } from './apply-options.js';
import type { ApplyTally } from './apply-tally.js';
import { isBoundAlready } from './binding.js';
import { placeObjection } from './check-destination.js';
import { standInAt } from './place/stand-in-place.js';
import type { Task } from './task.js';

/** Batch size for rereading rows from the registry. */
const BATCH_ROWS = 500;

/** The rows still to bind: not bound yet, and unchanged since the plan was made. */
export async function openTasks(
  plan: PlanHead,
  planned: AsyncIterable<PlanRow>,
  tally: ApplyTally,
  ports: ApplyPorts,
): Promise<Task[]> {
  const tasks: Task[] = [];
  for await (const { batch, now } of batchesWithNow(planned, ports)) {
    for (const row of batch) {
      const task = taskOf(row, now.get(row.id), { plan, tally, roots: ports.files.roots });
      if (task !== undefined) tasks.push(await withStandIn(task, plan));
    }
  }
  return tasks;
}

/** Rows of the plan in batches, each with its current rows. */
export async function* batchesWithNow(
  rows: AsyncIterable<PlanRow>,
  ports: Pick<ApplyPorts, 'artifacts' | 'recovery' | 'signal'>,
): AsyncGenerator<{ batch: PlanRow[]; now: ReadonlyMap<string, RowNow> }> {
  for await (const batch of inGroups(rows, BATCH_ROWS)) {
    ports.signal.throwIfAborted();
    const now = await rowsNow(
      batch.map((row) => row.id),
      ports,
    );
    yield { batch, now };
  }
}

/** The current rows, with everything that a decision depends on. */
async function rowsNow(
  ids: readonly string[],
  ports: Pick<ApplyPorts, 'artifacts' | 'recovery'>,
): Promise<Map<string, RowNow>> {
  const rows = await ports.artifacts.read(ids, { keys: BASIS_KEYS });
  const drifted = await ports.recovery.driftedFrom(ids);
  const decisions = byArtifact(await ports.recovery.decisions(ids));
  return new Map(
    rows.map((artifact) => [
      artifact.id,
      { artifact, drifted: drifted.get(artifact.id) ?? [], decisions: decisions.get(artifact.id) ?? [] },
    ]),
  );
}

function taskOf(
  row: PlanRow,
  now: RowNow | undefined,
  { plan, tally, roots }: { plan: PlanHead; tally: ApplyTally; roots: ApplyPorts['files']['roots'] },
): Task | undefined {
  const candidate = row.candidates.find((one) => one.cid === row.chosen);
  const refuse = (code: string, message: string): undefined => tally.refuse(row, code, message);
  if (candidate === undefined) return refuse('plan.invalid', 'the plan names no candidate for this artifact');
  if (now === undefined) return refuse('row.changed', 'the row no longer exists');
  if (isBoundAlready(now.artifact, row, candidate, plan.plan_id)) return tally.bound(row, 0);
  const changed = changeSince(row, now);
  if (changed !== undefined) return refuse(changed.code, changed.message);
  if (row.confidence === 'approved' && !accepts(now.decisions, candidate.cid))
    return refuse('decision.changed', 'nobody has accepted this candidate');
  const below = placePath(row.file_path, roots, plan.destination);
  const misplaced = placeObjection(row, below, plan.destination);
  if (misplaced !== undefined) return refuse(misplaced.code, misplaced.message);
  // There may be hundreds of thousands of tasks; only those of one archive are in memory at a time.
  const bare = { ...withFactsOfNow(row, now), candidates: [candidate], similar: [] };
  return { row: bare, candidate, artifact: now.artifact };
}

function accepts(decisions: readonly PersonDecision[], cid: string): boolean {
  return decisions.some((one) => one.decision === 'accept' && one.cid === cid);
}

/** Takes the expected digests and size from the current registry row, not from the plan. */
function withFactsOfNow(row: PlanRow, { artifact, drifted }: RowNow): PlanRow {
  const keys = artifact.metadata.kind === 'object' ? artifact.metadata.keys : {};
  const recorded = recordedDigest(keys);
  const others = onRecord(artifact);
  const own = recorded.kind === 'digest' ? [recorded.sha256] : recordedSha256s(others);
  const size = /^\d{1,15}$/.exec(keys[SIZE_KEY] ?? '')?.[0];
  return {
    ...row,
    trusted_sha256: [...new Set([...own, ...drifted])],
    expected_size_bytes: size === undefined ? row.expected_size_bytes : Number(size),
  };
}

/**
 * If a stand-in replaces the file, the digest that it states counts as recorded. A recorded size may be that of the
 * stand-in.
 */
async function withStandIn(task: Task, plan: PlanHead): Promise<Task> {
  if (task.row.basis.stand_in === undefined) return task;
  const there = await standInAt(plan.destination, relative(plan.destination, task.row.destination ?? ''));
  if (there === undefined || there.sha256 !== task.row.basis.stand_in) return task;
  const stated = there.stated === null ? [] : [there.stated];
  const trusted = [...new Set([...task.row.trusted_sha256, ...stated])];
  return { ...task, row: { ...task.row, trusted_sha256: trusted, expected_size_bytes: null } };
}
