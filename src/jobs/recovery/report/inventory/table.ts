import { shortPrintable } from '../../evidence/short-printable.js';
import type { EarlierRow, PlanHead, PlanRow } from '../../plan/plan-document.js';
import type { PlanEntry, StoredPlan } from '../../plan/stored-plan.js';

/** One row of an inventory, as every format shows it: plain, shortPrintable text. */
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

/** Rows of an inventory, any number of times: each time they are read again, one by one. */
export interface Rows<Row> {
  /** How many there are. */
  count: number;
  statuses: ReadonlySet<string>;
  each(): AsyncIterable<Row>;
}

/** The inventory of one type: every row that is missing now or ever was. */
export function inventoryOf(plan: StoredPlan, type: string): Rows<InventoryRow> {
  return rowsOf(
    plan,
    (row) => row.type === type,
    (row) => row.artifact_type === type,
  );
}

/** The rows that have no file, of all types: not found, unrecoverable, or elsewhere. */
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

/** Whether a row ends without a file that it should have. */
export function isWithoutFile(row: { status: string }): boolean {
  return WITHOUT_FILE.has(row.status);
}

/** Whether a row that the plan did not decide has no file. */
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
    explanation: shortPrintable(row.explanation),
    destination: shortPrintable(row.destination ?? ''),
    failureMode: shortPrintable(row.failure_mode ?? row.reason ?? ''),
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
    explanation: shortPrintable(row.explanation),
    destination: '',
    failureMode: row.status === 'unrecoverable' ? shortPrintable(row.explanation) : '',
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
export function searchedLines(plan: PlanHead): string[] {
  return plan.sources.map((source) => {
    const errors = source.errors.length === 0 ? '' : ` (${source.errors.slice(0, 3).join('; ')})`;
    return shortPrintable(
      `${source.source}: ${source.state}, ${source.files} files, ${source.scope}${errors}`,
    );
  });
}
