import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { openPlanFile, planChunks } from './plan-chunks.js';
import type { PlanHead, PlanRow } from './plan-document.js';
import { edited, PlanReader, requireRegistry } from './plan-reader.js';
import { planPieces } from './plan-writer.js';
import { entryOf, type PlanEntry, type StoredPlan } from './stored-plan.js';

/** Where a plan is, unless it is named: below the working directory. */
export const DEFAULT_PLAN = '.salvor/plan.json';

/** Writes a plan whole or not at all; only its owner may read what it says of the files. */
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

/** A write for every row would take longer than making them. */
const BATCH_LENGTH = 1024 * 1024;

/** Pieces of text, put together into some of a megabyte. */
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

/** Where a row is in the file, and what its text was when the plan's digest was checked. */
interface FileEntry extends PlanEntry {
  offset: number;
  sizeBytes: number;
  check: string;
}

/** A plan in its file, all of which was read and checked once. What is read of it later is compared with that. */
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

/** Half of a SHA-256 is more than enough for a file whose digest anybody may compute. */
function checkOf(text: string): string {
  return createHash('sha256').update(text).digest('base64').slice(0, 22);
}

/**
 * Checks a plan whole, and hands it over while its file is open: one that is written in its place meanwhile is another.
 * With a registry, only a plan that was made for it.
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
  // Thousands of rows have few types, sources and objects: each is kept once.
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

/** Next to a plan: the same with its rows as they ended when it was applied. */
export function appliedFile(path: string): string {
  return `${path}.applied`;
}

/** A plan for its reader: as it ended, where it was applied. @throws Failure `plan.*` */
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
