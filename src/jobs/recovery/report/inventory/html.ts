import { createHash } from 'node:crypto';
import { counted } from '../../../../core/pluralize.js';
import type { PlanHead } from '../../plan/plan-document.js';
import type { StoredPlan } from '../../plan/stored-plan.js';
import { HTML_SCRIPT, HTML_STYLE } from './html-assets.js';
import {
  type CandidateGroup,
  factsText,
  type InventoryCandidate,
  type InventoryRow,
  inventoryOf,
  type Rows,
  residualOf,
  searchedLines,
} from './table.js';

/** The inventory of one type as a single HTML file that sorts and filters and loads nothing from elsewhere. */
export function inventoryHtml(plan: StoredPlan, type: string): AsyncGenerator<string> {
  return document(`Inventory: ${type}`, plan.head, {
    head: ['id', 'expected', 'status', 'confidence', 'candidates', 'why'],
    rows: inventoryOf(plan, type),
    cells: (row) => [
      text(row.id),
      text(row.expected.join(', ')),
      text(row.status),
      text(row.confidence),
      candidateList(row.groups),
      text(row.explanation),
    ],
  });
}

export function residualHtml(plan: StoredPlan): AsyncGenerator<string> {
  return document('Residual', plan.head, {
    head: ['id', 'type', 'expected', 'status', 'most plausible failure mode'],
    rows: residualOf(plan),
    cells: (row) => [
      text(row.id),
      text(row.type),
      text(row.expected.join(', ')),
      text(row.status),
      text(row.failureMode === '' ? row.explanation : row.failureMode),
    ],
  });
}

interface HtmlTable {
  readonly head: readonly string[];
  readonly rows: Rows<InventoryRow>;
  readonly cells: (row: InventoryRow) => string[];
}

async function* document(
  title: string,
  plan: PlanHead,
  { head, rows, cells }: HtmlTable,
): AsyncGenerator<string> {
  const statuses = [...rows.statuses].sort();
  const headings = head.map(
    (name, i) =>
      `<th scope="col" aria-sort="none"><button type="button" data-column="${i}">${text(name)}</button></th>`,
  );
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${hashOf(HTML_STYLE)}'; script-src '${hashOf(HTML_SCRIPT)}'; base-uri 'none'; form-action 'none'">
<title>${text(title)}</title>
<style>${HTML_STYLE}</style>
</head>
<body>
<h1>${text(title)}</h1>
<p>Plan ${text(plan.plan_id)}, made ${text(plan.created_at)}. ${counted(rows.count, 'row')}.</p>
<ul>${searchedLines(plan)
    .map((line) => `<li>${text(line)}</li>`)
    .join('')}</ul>
<p><label>Filter <input type="search" id="filter"></label>
<label>Status <select id="status"><option value="">all</option>${statuses.map((one) => `<option>${text(one)}</option>`).join('')}</select></label>
<output id="shown">${rows.count} shown</output></p>
<div class="wide"><table><thead><tr>${headings.join('')}</tr></thead><tbody>
`;
  for await (const row of rows.each()) {
    const columns = cells(row).map((one) => `<td>${one}</td>`);
    yield `<tr data-status="${text(row.status)}">${columns.join('')}</tr>\n`;
  }
  yield `</tbody></table></div>
<script>${HTML_SCRIPT}</script>
</body>
</html>
`;
}

function candidateList(groups: readonly CandidateGroup[]): string {
  return groups.length === 0 ? 'none' : groups.map(candidateGroup).join('');
}

function candidateGroup([first, ...others]: CandidateGroup): string {
  const out = first.rejected === '' ? '' : ` <em>out: ${text(first.rejected)}</em>`;
  const state = first.chosen ? ' <strong>chosen</strong>' : out;
  const more = others.length === 0 ? '' : ` and ${others.length} more with the same evidence`;
  const evidence = first.evidence.map((statement) => `<li>${text(statement)}</li>`).join('');
  const alike = others.map((one) => `<li>${named(one)}</li>`).join('');
  const body = `${text(first.source)}<ul>${evidence}</ul>${alike === '' ? '' : `Same evidence:<ul>${alike}</ul>`}`;
  return `<details><summary>${named(first)} (${text(factsText(first))})${state}${more}</summary>${body}</details>`;
}

function named({ cid, path }: InventoryCandidate): string {
  return `<code>${text(cid)}</code> ${text(path)}`;
}

function text(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Allows only this style and this script, whatever a name contains. */
function hashOf(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}
