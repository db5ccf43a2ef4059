import type { PlanDocument } from '../../plan/plan-document.js';
import { inventoryOf, residualOf } from './table.js';

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

/** An inventory of one type as CSV (RFC 4180): a line for each candidate, one for a row that has none. */
export function inventoryCsv(plan: PlanDocument, type: string): string {
  const lines = inventoryOf(plan, type).flatMap((row) => {
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
  });
  return csv([HEAD, ...lines]);
}

export function residualCsv(plan: PlanDocument): string {
  const head = ['id', 'artifact_type', 'file_path', 'expected', 'status', 'failure_mode', 'explanation'];
  const lines = residualOf(plan).map((row) => [
    row.id,
    row.type,
    row.filePath,
    row.expected.join(' | '),
    row.status,
    row.failureMode,
    row.explanation,
  ]);
  return csv([head, ...lines]);
}

function csv(lines: readonly (readonly string[])[]): string {
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

/** A spreadsheet must not take a name for a formula: such a field gets an apostrophe. */
function field(text: string): string {
  const tame = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) || tame !== text ? `"${tame.replaceAll('"', '""')}"` : tame;
}
