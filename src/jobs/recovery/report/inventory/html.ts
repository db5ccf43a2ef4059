import { createHash } from 'node:crypto';
import type { PlanDocument } from '../../plan/plan-document.js';
import { HTML_SCRIPT, HTML_STYLE } from './html-assets.js';
import {
  type CandidateGroup,
  factsText,
  type InventoryCandidate,
  type InventoryRow,
  inventoryOf,
  residualOf,
  searchedLines,
} from './table.js';

/** An inventory of one type as one HTML file that sorts and filters, and fetches nothing. */
export function inventoryHtml(plan: PlanDocument, type: string): string {
  const rows = inventoryOf(plan, type);
  return document(`Inventory: ${type}`, plan, {
    head: ['id', 'expected', 'status', 'confidence', 'candidates', 'why'],
    rows,
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

export function residualHtml(plan: PlanDocument): string {
  return document('Residual', plan, {
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

interface HtmlTable<Row> {
  readonly head: readonly string[];
  readonly rows: readonly Row[];
  readonly cells: (row: Row) => string[];
}

function document<Row extends InventoryRow>(
  title: string,
  plan: PlanDocument,
  { head, rows, cells }: HtmlTable<Row>,
): string {
  const statuses = [...new Set(rows.map((row) => row.status))].sort();
  const headings = head.map(
    (name, i) =>
      `<th scope="col" aria-sort="none"><button type="button" data-column="${i}">${text(name)}</button></th>`,
  );
  const body = rows.map(
    (row) =>
      `<tr data-status="${text(row.status)}">${cells(row)
        .map((one) => `<td>${one}</td>`)
        .join('')}</tr>`,
  );
  return `<!doctype html>
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
<p>Plan ${text(plan.plan_id)}, made ${text(plan.created_at)}. ${rows.length} rows.</p>
<ul>${searchedLines(plan)
    .map((line) => `<li>${text(line)}</li>`)
    .join('')}</ul>
<p><label>Filter <input type="search" id="filter"></label>
<label>Status <select id="status"><option value="">all</option>${statuses.map((one) => `<option>${text(one)}</option>`).join('')}</select></label>
<output id="shown">${rows.length} shown</output></p>
<div class="wide"><table><thead><tr>${headings.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>
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
  const more = others.length === 0 ? '' : ` and ${others.length} of which the same is to be said`;
  const evidence = first.evidence.map((statement) => `<li>${text(statement)}</li>`).join('');
  const alike = others.map((one) => `<li>${named(one)}</li>`).join('');
  const body = `${text(first.source)}<ul>${evidence}</ul>${alike === '' ? '' : `The same:<ul>${alike}</ul>`}`;
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

/** Only this style and this script run, whatever a name smuggles in. */
function hashOf(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}
