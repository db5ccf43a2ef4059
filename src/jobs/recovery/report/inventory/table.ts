import { counted } from '../../../../core/pluralize.js';
import { printableSentence, shortPrintable } from '../../evidence/short-printable.js';
import type { EarlierRow, PlanHead, PlanRow } from '../../plan/plan-document.js';
import type { PlanEntry, StoredPlan } from '../../plan/stored-plan.js';

/** One row of an inventory, as plain printable text for every format. */
export interface InventoryRow {
  id: string;
  type: string;
  title: string;
  filePath: string;
  expected: string[];
  status: string;
  confidence: string;
  explanation: string;
  destination: string;
  failureMode: string;
  candidates: InventoryCandidate[];
  /** The same candidates, grouped by equal evidence. */
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
  /** Why it was ruled out; empty if it was not. */
  rejected: string;
  /** Whether it is or will be the artifact's file. */
  chosen: boolean;
}

/** Candidates with the same source, size, and evidence: usually copies in many backups. The chosen one comes first. */
export type CandidateGroup = [InventoryCandidate, ...InventoryCandidate[]];

/** Statuses of rows that end without a file. */
const WITHOUT_FILE = new Set(['residual', 'rejected', 'undecided', 'unrecoverable', 'external_reference']);

/** The rows of an inventory. They can be iterated repeatedly, and are read one by one each time. */
export interface Rows<Row> {
  count: number;
  statuses: ReadonlySet<string>;
  each(): AsyncIterable<Row>;
}

/** The inventory of one type: every row that is or was missing. */
export function inventoryOf(plan: StoredPlan, type: string): Rows<InventoryRow> {
  return rowsOf(
    plan,
    (row) => row.type === type,
    (row) => row.artifact_type === type,
  );
}

/** The rows without a file, of all types: not found, unrecoverable, or elsewhere. */
export function residualOf(plan: StoredPlan): Rows<InventoryRow> {
  return rowsOf(plan, isWithoutFile, isGone);
}

function rowsOf(
  plan: StoredPlan,
  wants: (entry: PlanEntry) => boolean,
  wantsEarlier: (row: EarlierRow) => boolean,
): Rows<InventoryRow> {
  const entries = plan.entries.filter(wants);
  const earlier = (plan.head.earlier ?? []).filter(wantsEarlier);
  return {
    count: entries.length + earlier.length,
    statuses: new Set([...entries, ...earlier].map(({ status }) => status)),
    each: async function* () {
      for await (const row of plan.read(entries)) yield inventoryRow(row);
      for (const row of earlier) yield earlierInventoryRow(row);
    },
  };
}

/** Whether a row ends without the file that it should have. */
export function isWithoutFile(row: { status: string }): boolean {
  return WITHOUT_FILE.has(row.status);
}

/** Whether a row that the plan did not decide is without a file. */
export function isGone(row: EarlierRow): boolean {
  return row.status === 'unrecoverable';
}

export function inventoryRow(row: PlanRow): InventoryRow {
  const candidates = row.candidates.map((one) => ({
    cid: one.cid,
    source: shortPrintable(one.source),
    path: shortPrintable(one.path),
    sizeBytes: one.size_bytes,
    mtime: shortPrintable(one.mtime ?? ''),
    sha256: one.sha256 ?? '',
    evidence: one.evidence.map((text) => shortPrintable(text)),
    rejected: shortPrintable(one.rejected ?? ''),
    chosen: ['to_bind', 'bound'].includes(row.status) && one.cid === row.chosen,
  }));
  return {
    id: shortPrintable(row.id),
    type: row.artifact_type,
    title: shortPrintable(row.title ?? ''),
    filePath: shortPrintable(row.file_path ?? ''),
    expected: row.expected.map((name) => shortPrintable(name)),
    status: row.status,
    confidence: row.confidence,
    explanation: printableSentence(row.explanation),
    destination: shortPrintable(row.destination ?? ''),
    failureMode: printableSentence(row.failure_mode ?? row.reason ?? ''),
    candidates,
    groups: groupsOf(candidates),
  };
}

export function earlierInventoryRow(row: EarlierRow): InventoryRow {
  return {
    id: shortPrintable(row.id),
    type: row.artifact_type,
    title: shortPrintable(row.title ?? ''),
    filePath: shortPrintable(row.file_path ?? ''),
    expected: [],
    status: row.status,
    confidence: '',
    explanation: printableSentence(row.explanation),
    destination: '',
    failureMode: row.status === 'unrecoverable' ? printableSentence(row.explanation) : '',
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

/** Size, time, and digest of a candidate, to distinguish versions. */
export function factsText({ sizeBytes, mtime, sha256 }: InventoryCandidate): string {
  const size = sizeBytes === null ? 'size unknown' : counted(sizeBytes, 'byte');
  return [size, mtime, sha256 === '' ? '' : `SHA-256 ${sha256}`].filter((part) => part !== '').join(', ');
}

/** One line per source: how completely it was searched. */
export function searchedLines(plan: PlanHead): string[] {
  return plan.sources.map((source) => {
    const errors = source.errors.length === 0 ? '' : ` (${source.errors.slice(0, 3).join('; ')})`;
    return printableSentence(
      `${source.source}: ${source.state}, ${counted(source.files, 'file')}, ${source.scope}${errors}`,
    );
  });
}
