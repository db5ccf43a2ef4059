import { printable } from '../../evidence/short-printable.js';
import type { EarlierRow, PlanDocument, PlanRow } from '../../plan/plan-document.js';

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
  /** The same, those of which the same is to be said together. */
  groups: CandidateGroup[];
}

export interface InventoryCandidate {
  cid: string;
  source: string;
  path: string;
  sizeBytes: number | null;
  mtime: string;
  sha256: string;
  evidence: string[];
  /** Why it is out; empty when it is not. */
  rejected: string;
  /** It is, or will be, the artifact's file. */
  chosen: boolean;
}

/** Candidates of one source, size and evidence: copies in many backups, mostly. The chosen one leads. */
export type CandidateGroup = [InventoryCandidate, ...InventoryCandidate[]];

/** Statuses of rows that have no file at the end. */
const WITHOUT_FILE = new Set(['residual', 'rejected', 'undecided', 'unrecoverable', 'external_reference']);

/** The inventory of one type: every row that is missing now or ever was. */
export function inventoryOf(plan: PlanDocument, type: string): InventoryRow[] {
  return [
    ...plan.rows.filter((row) => row.artifact_type === type).map(inventoryRow),
    ...(plan.earlier ?? []).filter((row) => row.artifact_type === type).map(earlierInventoryRow),
  ];
}

/** The rows that have no file, of all types: not found, unrecoverable, or elsewhere. */
export function residualOf(plan: PlanDocument): (InventoryRow & { type: string })[] {
  const gone = (plan.earlier ?? []).filter((row) => row.status === 'unrecoverable');
  return [
    ...plan.rows.filter(isWithoutFile).map((row) => ({ ...inventoryRow(row), type: row.artifact_type })),
    ...gone.map((row) => ({ ...earlierInventoryRow(row), type: row.artifact_type })),
  ];
}

/** Whether a row ends without a file that it should have. */
export function isWithoutFile(row: PlanRow): boolean {
  return WITHOUT_FILE.has(row.status);
}

function inventoryRow(row: PlanRow): InventoryRow {
  const candidates = row.candidates.map((one) => ({
    cid: one.cid,
    source: printable(one.source),
    path: printable(one.path),
    sizeBytes: one.size_bytes,
    mtime: printable(one.mtime ?? ''),
    sha256: one.sha256 ?? '',
    evidence: one.evidence.map((text) => printable(text)),
    rejected: printable(one.rejected ?? ''),
    chosen: ['to_bind', 'bound'].includes(row.status) && one.cid === row.chosen,
  }));
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
    candidates,
    groups: groupsOf(candidates),
  };
}

function earlierInventoryRow(row: EarlierRow): InventoryRow {
  return {
    id: printable(row.id),
    title: printable(row.title ?? ''),
    filePath: printable(row.file_path ?? ''),
    expected: [],
    status: row.status,
    confidence: '',
    explanation: printable(row.explanation),
    destination: '',
    failureMode: row.status === 'unrecoverable' ? printable(row.explanation) : '',
    candidates: [],
    groups: [],
  };
}

function groupsOf(candidates: readonly InventoryCandidate[]): CandidateGroup[] {
  const groups = new Map<string, CandidateGroup>();
  for (const one of candidates) {
    const { source, sizeBytes, mtime, sha256, evidence, rejected } = one;
    const alike = JSON.stringify([source, sizeBytes, mtime, sha256, evidence, rejected]);
    const group = groups.get(alike);
    if (group === undefined) groups.set(alike, [one]);
    else if (one.chosen) group.unshift(one);
    else group.push(one);
  }
  return [...groups.values()];
}

/** Size, time and digest of a candidate: what tells versions apart. */
export function factsText({ sizeBytes, mtime, sha256 }: InventoryCandidate): string {
  const size = sizeBytes === null ? 'size unknown' : `${sizeBytes} bytes`;
  return [size, mtime, sha256 === '' ? '' : `SHA-256 ${sha256}`].filter((part) => part !== '').join(', ');
}

/** Where was looked and how completely, as lines. */
export function searchedLines(plan: PlanDocument): string[] {
  return plan.sources.map((source) => {
    const errors = source.errors.length === 0 ? '' : ` (${source.errors.slice(0, 3).join('; ')})`;
    return printable(`${source.source}: ${source.state}, ${source.files} files, ${source.scope}${errors}`);
  });
}
