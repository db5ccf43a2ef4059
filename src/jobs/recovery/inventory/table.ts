import type { PlanDocument, PlanRow } from '../plan-document.js';
import { printable } from '../printable.js';

/** One row of an inventory, as every format shows it: plain, printable text. */
export interface InventoryRow {
  id: string;
  title: string;
  filePath: string;
  expected: string[];
  status: string;
  confidence: string;
  explanation: string;
  destination: string;
  failureMode: string;
  candidates: InventoryCandidate[];
}

export interface InventoryCandidate {
  cid: string;
  source: string;
  path: string;
  sizeBytes: number | null;
  evidence: string[];
  /** Why it is out; empty when it is not. */
  rejected: string;
  chosen: boolean;
}

/** Statuses of rows that have no file at the end. */
const WITHOUT_FILE = new Set(['residual', 'rejected', 'undecided', 'unrecoverable']);

/** The inventory of one type. */
export function inventoryOf(plan: PlanDocument, type: string): InventoryRow[] {
  return plan.rows.filter((row) => row.artifact_type === type).map(inventoryRow);
}

/** The rows that no file was found for, of all types. */
export function residualOf(plan: PlanDocument): (InventoryRow & { type: string })[] {
  return plan.rows.filter(isWithoutFile).map((row) => ({ ...inventoryRow(row), type: row.artifact_type }));
}

/** Whether a row ends without a file that it should have. */
export function isWithoutFile(row: PlanRow): boolean {
  return WITHOUT_FILE.has(row.status);
}

function inventoryRow(row: PlanRow): InventoryRow {
  return {
    id: printable(row.id),
    title: printable(row.title ?? ''),
    filePath: printable(row.file_path ?? ''),
    expected: row.expected.map((name) => printable(name)),
    status: row.status,
    confidence: row.confidence,
    explanation: printable(row.explanation),
    destination: printable(row.destination ?? ''),
    failureMode: printable(row.failure_mode ?? row.reason ?? ''),
    candidates: row.candidates.map((one) => ({
      cid: one.cid,
      source: printable(one.source),
      path: printable(one.path),
      sizeBytes: one.size_bytes,
      evidence: one.evidence.map((text) => printable(text)),
      rejected: printable(one.rejected ?? ''),
      chosen: one.cid === row.chosen,
    })),
  };
}

/** Where was looked and how completely, as lines. */
export function searchedLines(plan: PlanDocument): string[] {
  return plan.sources.map((source) => {
    const errors = source.errors.length === 0 ? '' : ` (${source.errors.slice(0, 3).join('; ')})`;
    return printable(`${source.source}: ${source.state}, ${source.files} files, ${source.scope}${errors}`);
  });
}
