import type { PlanDocument } from '../../plan/plan-document.js';
import {
  type CandidateGroup,
  factsText,
  type InventoryRow,
  inventoryOf,
  residualOf,
  searchedLines,
} from './table.js';

/** An inventory of one type in GitHub's Markdown: a line for each row, and below it what was found for each. */
export function inventoryMarkdown(plan: PlanDocument, type: string): string {
  const rows = inventoryOf(plan, type);
  const head = ['id', 'expected', 'status', 'confidence', 'candidates', 'why'];
  const body = rows.map((row) => [
    row.id,
    row.expected.join(', '),
    row.status,
    row.confidence,
    String(row.candidates.length),
    row.explanation,
  ]);
  const found = rows.filter(({ candidates }) => candidates.length > 0).map(candidatesOf);
  const sections = found.length === 0 ? [] : ['## Candidates', '', ...found];
  const text = [table(head, body), '', ...sections].join('\n').trimEnd();
  return page(`Inventory: ${type}`, plan, `${rows.length} rows.`, text);
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

function candidatesOf({ id, groups }: InventoryRow): string {
  return [`### ${cell(id)}`, '', ...groups.flatMap(groupLines), ''].join('\n');
}

function groupLines([first, ...others]: CandidateGroup): string[] {
  const state = first.chosen ? ' **chosen**' : first.rejected === '' ? '' : ` out: ${cell(first.rejected)}`;
  const evidence = [first.source, ...first.evidence].map((line) => `  - ${cell(line)}`);
  const alike = others.map((one) => `  - the same of ${one.cid} ${cell(one.path)}`);
  return [`- ${first.cid} ${cell(first.path)} (${cell(factsText(first))})${state}`, ...evidence, ...alike];
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

export function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Whatever a name holds, it opens no cell, tag, link, code or heading. */
export function cell(text: string): string {
  return text
    .replace(/[\\`_{}[\]#|~]/g, (char) => `\\${char}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
