import type { PlanDocument } from '../plan-document.js';
import {
  type InventoryCandidate,
  type InventoryRow,
  inventoryOf,
  residualOf,
  searchedLines,
} from './table.js';

/** An inventory of one type in GitHub's Markdown. */
export function inventoryMarkdown(plan: PlanDocument, type: string): string {
  const rows = inventoryOf(plan, type);
  const head = ['id', 'expected', 'status', 'confidence', 'candidates', 'why'];
  const body = rows.map((row) => [
    row.id,
    row.expected.join(', '),
    row.status,
    row.confidence,
    row.candidates.map(candidateText).join(' ◦ '),
    row.explanation,
  ]);
  return page(`Inventory: ${type}`, plan, `${rows.length} rows.`, table(head, body));
}

/** The rows without a file, with what was expected and the most plausible failure mode. */
export function residualMarkdown(plan: PlanDocument): string {
  const rows = residualOf(plan);
  const head = ['id', 'type', 'expected', 'status', 'most plausible failure mode'];
  const body = rows.map((row) => [row.id, row.type, row.expected.join(', '), row.status, reasonOf(row)]);
  return page('Residual', plan, `${rows.length} rows for which no file was found.`, table(head, body));
}

function reasonOf(row: InventoryRow): string {
  return row.failureMode === '' ? row.explanation : row.failureMode;
}

function candidateText(one: InventoryCandidate): string {
  const size = one.sizeBytes === null ? 'size unknown' : `${one.sizeBytes} bytes`;
  const state = one.chosen ? ' **chosen**' : one.rejected === '' ? '' : ` out: ${one.rejected}`;
  return `${one.cid} ${one.path} (${size}; ${one.source}; ${one.evidence.join('; ')})${state}`;
}

function page(title: string, plan: PlanDocument, count: string, body: string): string {
  const searched = searchedLines(plan).map((line) => `- ${cell(line)}`);
  return [
    `# ${cell(title)}`,
    '',
    `Plan ${plan.plan_id}, made ${plan.created_at}. ${count}`,
    '',
    'Searched:',
    '',
    ...searched,
    '',
    body,
    '',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Whatever a name holds, it opens no cell, tag, link, code or heading. */
function cell(text: string): string {
  return text
    .replace(/[\\`_{}[\]#|~]/g, (char) => `\\${char}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
