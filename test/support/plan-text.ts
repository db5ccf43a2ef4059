import { listOf } from '../../src/core/groups.js';
import type { PlanDocument, PlanRow } from '../../src/jobs/recovery/plan/plan-document.js';
import { PlanReader, requireRegistry } from '../../src/jobs/recovery/plan/plan-reader.js';
import { planPieces } from '../../src/jobs/recovery/plan/plan-writer.js';
import { entryOf, type StoredPlan } from '../../src/jobs/recovery/plan/stored-plan.js';

/** The whole text of a plan's file. */
export async function writePlan({ rows, ...head }: PlanDocument): Promise<string> {
  return (await listOf(planPieces(head, rows))).join('');
}

/** Reads a plan's text in pieces of a few bytes, as a stream may bring it. */
export function readPlan(text: string, registry: string | undefined, pieceBytes = 4096): PlanDocument {
  const bytes = Buffer.from(text);
  const rows: PlanRow[] = [];
  const reader = new PlanReader((row) => rows.push(row));
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
  const head = reader.end();
  if (registry !== undefined) requireRegistry(head, registry);
  return { ...head, rows };
}

/** A plan as commands hold it, without a file. */
export function storedPlan({ rows, ...head }: PlanDocument): StoredPlan {
  const entries = rows.map(entryOf);
  return {
    head,
    entries,
    read: async function* (wanted) {
      for (const entry of wanted) {
        const row = rows[entries.indexOf(entry)];
        if (row !== undefined) yield row;
      }
    },
  };
}
