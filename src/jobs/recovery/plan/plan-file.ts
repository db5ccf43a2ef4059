import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { planChunks } from './plan-chunks.js';
import { type PlanDocument, PlanReader, planPieces } from './plan-document.js';

/** Where a plan is, unless it is named: below the working directory. */
export const DEFAULT_PLAN = '.salvor/plan.json';

/** Writes a plan whole or not at all; only its owner may read what it says of the files. */
export async function savePlan(path: string, plan: PlanDocument): Promise<void> {
  const target = resolve(path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const draft = `${target}.${process.pid}.part`;
  try {
    const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
    try {
      for (const text of batches(planPieces(plan))) await file.appendFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** A write for every row would take longer than making them. */
const BATCH_LENGTH = 1024 * 1024;

function* batches(pieces: Iterable<string>): Generator<string> {
  let batch: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    batch.push(piece);
    length += piece.length;
    if (length < BATCH_LENGTH) continue;
    yield batch.join('');
    batch = [];
    length = 0;
  }
  yield batch.join('');
}

/** @throws Failure `plan.not_found`, `plan.invalid`, `plan.version`, `plan.edited`, `plan.other_registry` */
export async function loadPlan(path: string, registry: string | undefined): Promise<PlanDocument> {
  const reader = new PlanReader();
  for await (const chunk of planChunks(path)) reader.push(chunk);
  return reader.end(registry);
}

/** Beside a plan: the same with its rows as they ended when it was applied. */
export function appliedFile(path: string): string {
  return `${path}.applied`;
}

/** A plan for its reader: as it ended, where it was applied. @throws Failure `plan.*` */
export async function loadForReading(path: string): Promise<PlanDocument> {
  const plan = await loadPlan(path, undefined);
  const ended = await loadPlan(appliedFile(path), undefined).catch(() => undefined);
  return ended?.plan_id === plan.plan_id ? ended : plan;
}
