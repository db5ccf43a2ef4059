import { counted } from '../../../../core/pluralize.js';
import type { PlanHead } from '../../plan/plan-document.js';
import type { StoredPlan } from '../../plan/stored-plan.js';
import {
  type CandidateGroup,
  factsText,
  type InventoryRow,
  inventoryOf,
  residualOf,
  searchedLines,
} from './table.js';

/** The inventory of one type in GitHub Markdown: one line per row, then the candidates of each row. */
export async function* inventoryMarkdown(plan: StoredPlan, type: string): AsyncGenerator<string> {
  const rows = inventoryOf(plan, type);
  yield opening(`Inventory: ${type}`, plan.head, `${counted(rows.count, 'row')}.`);
  yield `${table(['id', 'expected', 'status', 'confidence', 'candidates', 'why'], [])}\n`;
  for await (const row of rows.each()) {
    const count = String(row.candidates.length);
    yield `${line([row.id, row.expected.join(', '), row.status, row.confidence, count, row.explanation])}\n`;
  }
  let isFirst = true;
  for await (const row of rows.each()) {
    if (row.candidates.length === 0) continue;
    yield `${isFirst ? '\n## Candidates\n\n' : '\n'}${candidatesOf(row)}`;
    isFirst = false;
  }
}

/** The rows without a file, with what was expected and the most plausible failure mode. */
export async function* residualMarkdown(plan: StoredPlan): AsyncGenerator<string> {
  const rows = residualOf(plan);
  yield opening('Residual', plan.head, `${counted(rows.count, 'row')} without a file.`);
  yield `${table(['id', 'type', 'expected', 'status', 'most plausible failure mode'], [])}\n`;
  for await (const row of rows.each())
    yield `${line([row.id, row.type, row.expected.join(', '), row.status, reasonOf(row)])}\n`;
}

function reasonOf(row: InventoryRow): string {
  return row.failureMode === '' ? row.explanation : row.failureMode;
}

function candidatesOf({ id, groups }: InventoryRow): string {
  return `${[`### ${cell(id)}`, '', ...groups.flatMap(groupLines)].join('\n')}\n`;
}

function groupLines([first, ...others]: CandidateGroup): string[] {
  const state = first.chosen
    ? ' **chosen**'
    : first.rejected === ''
      ? ''
      : ` ruled out: ${cell(first.rejected)}`;
  const evidence = [first.source, ...first.evidence].map((line) => `  - ${cell(line)}`);
  const alike = others.map((one) => `  - same evidence: ${one.cid} ${cell(one.path)}`);
  return [`- ${first.cid} ${cell(first.path)} (${cell(factsText(first))})${state}`, ...evidence, ...alike];
}

function opening(title: string, plan: PlanHead, count: string): string {
  const searched = searchedLines(plan).map((text) => `- ${cell(text)}`);
  const made = `Plan ${plan.plan_id}, made ${plan.created_at}. ${count}`;
  return [`# ${cell(title)}`, '', made, '', 'Searched:', '', ...searched, '', ''].join('\n');
}

export function table(head: readonly string[], rows: readonly string[][]): string {
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** Escapes a text so that it cannot start a cell, tag, link, code, or heading. */
export function cell(text: string): string {
  return text
    .replace(/[\\`_{}[\]#|~]/g, (char) => `\\${char}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
