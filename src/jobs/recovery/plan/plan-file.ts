import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { openPlanFile, planChunks } from './plan-chunks.js';
import type { PlanHead, PlanRow } from './plan-document.js';
import { edited, PlanReader, requireRegistry } from './plan-reader.js';
import { planPieces } from './plan-writer.js';
import { entryOf, type PlanEntry, type StoredPlan } from './stored-plan.js';

/** The default plan file, relative to the working directory. */
export const DEFAULT_PLAN = '.salvor/plan.json';

/** Writes a plan atomically, readable only by its owner. */
export async function savePlan(
  path: string,
  head: PlanHead,
  rows: AsyncIterable<PlanRow> | Iterable<PlanRow>,
): Promise<void> {
  const target = resolve(path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const draft = `${target}.${process.pid}.part`;
  try {
    const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
    try {
      for await (const text of inBatches(planPieces(head, rows))) await file.appendFile(text);
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

/** One write per row would take longer than creating the rows. */
const BATCH_LENGTH = 1024 * 1024;

/** Joins pieces of text into batches of about a megabyte. */
export async function* inBatches(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let batch: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    batch.push(piece);
    length += piece.length;
    if (length < BATCH_LENGTH) continue;
    yield batch.join('');
    batch = [];
    length = 0;
  }
  yield batch.join('');
}

/** The position of a row in the file, and a check value of its text from when the plan's digest was verified. */
interface FileEntry extends PlanEntry {
  offset: number;
  sizeBytes: number;
  check: string;
}

/** A plan file that was read and verified once. Rows that are read later are compared with what was verified. */
class PlanFile implements StoredPlan {
  readonly head: PlanHead;
  readonly entries: readonly FileEntry[];
  readonly #file: FileHandle;

  constructor(head: PlanHead, entries: readonly FileEntry[], file: FileHandle) {
    this.head = head;
    this.entries = entries;
    this.#file = file;
  }

  async *read(entries: readonly PlanEntry[]): AsyncGenerator<PlanRow> {
    for (const entry of entries) {
      const { offset, sizeBytes, check } = entry as FileEntry;
      const { buffer, bytesRead } = await this.#file.read(
        Buffer.allocUnsafe(sizeBytes),
        0,
        sizeBytes,
        offset,
      );
      const text = buffer.toString('utf8', 0, bytesRead);
      if (checkOf(text) !== check) throw edited();
      yield JSON.parse(text) as PlanRow;
    }
  }
}

/** Half of a SHA-256 is enough here: the digest of the plan is no secret either. */
function checkOf(text: string): string {
  return createHash('sha256').update(text).digest('base64').slice(0, 22);
}

/**
 * Verifies a whole plan and passes it on while its file is open, so that replacing the file has no effect. If a
 * registry is given, the plan must be for it.
 * @throws Failure `plan.not_found`, `plan.invalid`, `plan.version`, `plan.edited`, `plan.other_registry`
 */
export async function withPlan<T>(
  path: string,
  registry: string | undefined,
  work: (plan: StoredPlan) => Promise<T>,
): Promise<T> {
  const file = await openPlanFile(path);
  try {
    const plan = await checkedPlan(file);
    if (registry !== undefined) requireRegistry(plan.head, registry);
    return await work(plan);
  } finally {
    await file.close();
  }
}

async function checkedPlan(file: FileHandle): Promise<PlanFile> {
  const entries: FileEntry[] = [];
  // Thousands of rows share a few types, sources, and objects: keep each string once.
  const known = new Map<string, string>();
  const once = (text: string): string => {
    const first = known.get(text) ?? text;
    known.set(first, first);
    return first;
  };
  const reader = new PlanReader((row, { text, offset, sizeBytes }) => {
    const entry = entryOf(row);
    entries.push({
      ...entry,
      type: once(entry.type),
      source: entry.source === null ? null : once(entry.source),
      object: entry.object === null ? null : once(entry.object),
      ...{ offset, sizeBytes, check: checkOf(text) },
    });
  });
  for await (const chunk of planChunks(file)) reader.push(chunk);
  return new PlanFile(reader.end(), entries, file);
}

/** The file next to a plan that has its rows with their final state after the apply. */
export function appliedFile(path: string): string {
  return `${path}.applied`;
}

/** A plan for reading: with the final state of its rows if it was applied. @throws Failure `plan.*` */
export function withPlanForReading<T>(path: string, work: (plan: StoredPlan) => Promise<T>): Promise<T> {
  return withPlan(path, undefined, async (plan) => {
    const ended = await openPlanFile(appliedFile(path)).catch(() => undefined);
    if (ended === undefined) return work(plan);
    try {
      const applied = await checkedPlan(ended).catch(() => undefined);
      return await work(applied?.head.plan_id === plan.head.plan_id ? applied : plan);
    } finally {
      await ended.close();
    }
  });
}

/** The row of one artifact. */
export async function rowOfPlan(plan: StoredPlan, id: string): Promise<PlanRow | undefined> {
  for await (const row of plan.read(plan.entries.filter((one) => one.id === id).slice(0, 1))) return row;
  return undefined;
}
