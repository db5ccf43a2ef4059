import type { StoredPlan } from '../../plan/stored-plan.js';
import { type InventoryRow, inventoryOf, residualOf } from './table.js';

const HEAD = [
  'id',
  'file_path',
  'expected',
  'status',
  'confidence',
  'explanation',
  'destination',
  'cid',
  'chosen',
  'source',
  'path',
  'size_bytes',
  'evidence',
  'rejected',
  'title',
  'mtime',
  'sha256',
];

/** The inventory of one type as CSV (RFC 4180): one line per candidate, and one for a row without candidates. */
export async function* inventoryCsv(plan: StoredPlan, type: string): AsyncGenerator<string> {
  yield csv([HEAD]);
  for await (const row of inventoryOf(plan, type).each()) yield csv(linesOf(row));
}

function linesOf(row: InventoryRow): string[][] {
  const own = [
    row.id,
    row.filePath,
    row.expected.join(' | '),
    row.status,
    row.confidence,
    row.explanation,
    row.destination,
  ];
  if (row.candidates.length === 0) return [[...own, '', '', '', '', '', '', '', row.title, '', '']];
  return row.candidates.map((one) => [
    ...own,
    one.cid,
    one.chosen ? 'yes' : 'no',
    one.source,
    one.path,
    one.sizeBytes === null ? '' : String(one.sizeBytes),
    one.evidence.join(' | '),
    one.rejected,
    row.title,
    one.mtime,
    one.sha256,
  ]);
}

export async function* residualCsv(plan: StoredPlan): AsyncGenerator<string> {
  yield csv([['id', 'artifact_type', 'file_path', 'expected', 'status', 'failure_mode', 'explanation']]);
  for await (const row of residualOf(plan).each()) {
    yield csv([
      [
        row.id,
        row.type,
        row.filePath,
        row.expected.join(' | '),
        row.status,
        row.failureMode,
        row.explanation,
      ],
    ]);
  }
}

function csv(lines: readonly (readonly string[])[]): string {
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

/** Prefixes an apostrophe where a spreadsheet would read a name as a formula. */
function field(text: string): string {
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) || tame !== text ? `"${tame.replaceAll('"', '""')}"` : tame;
}
