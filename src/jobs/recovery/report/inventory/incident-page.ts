import type { PlanDocument } from '../../plan/plan-document.js';
import { cell, table } from './markdown.js';
import { type InventoryRow, inventoryOf, residualOf, searchedLines } from './table.js';

const MAX_LISTED = 20;

/** Rows by what became of them, in the order of an incident report. */
const SECTIONS: readonly { title: string; statuses: readonly string[] }[] = [
  { title: 'Found and bound', statuses: ['bound'] },
  { title: 'Found, not bound yet', statuses: ['to_bind'] },
  { title: 'Waiting for a person', statuses: ['needs_review'] },
  { title: 'Refused', statuses: ['refused'] },
  { title: 'Not known, because a source did not answer', statuses: ['undecided'] },
  { title: 'Gone', statuses: ['residual', 'rejected', 'unrecoverable'] },
];

/** One page for an incident report: what was lost, found, proven, waits for a person, is gone, and what to do next. */
export function incidentPage(plan: PlanDocument, planFile: string): string {
  const rows = plan.types.flatMap((type) => inventoryOf(plan, type).map((row) => ({ ...row, type })));
  const reasons = new Map(residualOf(plan).map((row) => [row.id, row.failureMode]));
  const count = (statuses: readonly string[]): number =>
    rows.filter((row) => statuses.includes(row.status)).length;
  const lost = rows.filter((row) => row.status !== 'external_reference').length;
  const head = ['type', 'rows', ...SECTIONS.map(({ title }) => title.toLowerCase())];
  const body = plan.types.map((type) => {
    const own = inventoryOf(plan, type).filter((row) => row.status !== 'external_reference');
    const of = (statuses: readonly string[]): number =>
      own.filter((row) => statuses.includes(row.status)).length;
    return [type, String(own.length), ...SECTIONS.map(({ statuses }) => String(of(statuses)))];
  });
  const sections = SECTIONS.flatMap(({ title, statuses }) => {
    const own = rows.filter((row) => statuses.includes(row.status));
    return own.length === 0 ? [] : sectionOf(title, own, reasons);
  });
  return [
    '# Recovery of missing files',
    '',
    `Plan ${plan.plan_id}, made ${plan.created_at}.`,
    '',
    `${lost} files were lost: ${count(['bound'])} are back, ${count(['to_bind'])} can be bound, ${count(['needs_review'])} wait for a person, ${count(['refused', 'undecided'])} are open, ${count(['residual', 'rejected', 'unrecoverable'])} are gone. Every file that was bound was read whole and proven by a digest or the checksum of its archive.`,
    '',
    table(head, body),
    '',
    '## Searched',
    '',
    ...searchedLines(plan).map((line) => `- ${cell(line)}`),
    '',
    ...sections,
    '## Next',
    '',
    ...nextSteps(count, planFile),
    '',
  ].join('\n');
}

function sectionOf(
  title: string,
  rows: readonly (InventoryRow & { type: string })[],
  reasons: ReadonlyMap<string, string>,
): string[] {
  const lines = rows
    .slice(0, MAX_LISTED)
    .map((row) => `- ${cell(row.id)} (${cell(row.type)}): ${cell(reasons.get(row.id) || row.explanation)}`);
  const more = rows.length > MAX_LISTED ? [`- and ${rows.length - MAX_LISTED} more, in the inventories`] : [];
  return [`## ${title}: ${rows.length}`, '', ...lines, ...more, ''];
}

function nextSteps(count: (statuses: readonly string[]) => number, planFile: string): string[] {
  const steps = [
    count(['to_bind']) > 0 ? `salvor recovery apply ${planFile}` : '',
    count(['needs_review']) > 0 ? `salvor recovery review --plan ${planFile}` : '',
    count(['refused', 'undecided']) > 0 ? 'salvor recovery plan' : '',
  ].filter((step) => step !== '');
  return steps.length === 0 ? ['Nothing is open.'] : steps.map((step) => `    ${step}`);
}
