import { counted } from '../../../../core/pluralize.js';
import type { StoredPlan } from '../../plan/stored-plan.js';
import { cell, table } from './markdown.js';
import {
  earlierInventoryRow,
  type InventoryRow,
  inventoryRow,
  isWithoutFile,
  searchedLines,
} from './table.js';

const MAX_LISTED = 20;

/** Rows by outcome, in the order of an incident report. */
const SECTIONS: readonly { title: string; statuses: readonly string[] }[] = [
  { title: 'Found and bound', statuses: ['bound'] },
  { title: 'Found, not bound yet', statuses: ['to_bind'] },
  { title: 'Needs a decision', statuses: ['needs_review'] },
  { title: 'Refused', statuses: ['refused'] },
  { title: 'Unknown, because a source could not be searched', statuses: ['undecided'] },
  { title: 'Gone', statuses: ['residual', 'rejected', 'unrecoverable'] },
];

/**
 * A one-page incident report: what was lost, what was restored and proven, what needs a decision, what is gone, and
 * what to do next.
 */
export async function incidentPage(plan: StoredPlan, planFile: string): Promise<string> {
  const made = plan.head;
  const counts = countsOf(plan);
  const count = (statuses: readonly string[], type?: string): number => {
    const types = type === undefined ? made.types : [type];
    return types.flatMap((one) => statuses.map((status) => counts.get(one)?.get(status) ?? 0)).reduce(sum, 0);
  };
  const lost = (type?: string): number => count(ALL_LOST, type);
  const head = ['type', 'rows', ...SECTIONS.map(({ title }) => title.toLowerCase())];
  const body = made.types.map((type) => [
    type,
    String(lost(type)),
    ...SECTIONS.map(({ statuses }) => String(count(statuses, type))),
  ]);
  const sections: string[] = [];
  for (const section of SECTIONS) {
    const total = count(section.statuses);
    if (total > 0) sections.push(...(await sectionOf(section, total, plan)));
  }
  return [
    '# Recovery of missing files',
    '',
    `Plan ${made.plan_id}, made ${made.created_at}.`,
    '',
    `${counted(lost(), 'file was', 'files were')} lost: ${count(['bound'])} restored, ${count(['to_bind'])} ready to bind, ${count(['needs_review'])} awaiting a decision, ${count(['refused', 'undecided'])} unresolved, ${count(['residual', 'rejected', 'unrecoverable'])} gone. Every restored file was read completely and proven by a digest or by the checksum of its archive.`,
    '',
    table(head, body),
    '',
    '## Searched',
    '',
    ...searchedLines(made).map((line) => `- ${cell(line)}`),
    '',
    ...sections,
    '## Next',
    '',
    ...nextSteps(count, planFile),
    '',
  ].join('\n');
}

/** Every status except that of rows whose file was never here. */
const ALL_LOST = SECTIONS.flatMap(({ statuses }) => statuses);

function sum(a: number, b: number): number {
  return a + b;
}

/** Row counts by type and status, including rows that the plan did not decide. */
function countsOf({ head, entries }: StoredPlan): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  const add = (type: string, status: string): void => {
    const own = counts.get(type) ?? new Map<string, number>();
    counts.set(type, own.set(status, (own.get(status) ?? 0) + 1));
  };
  for (const { type, status } of entries) add(type, status);
  for (const { artifact_type: type, status } of head.earlier ?? []) add(type, status);
  return counts;
}

/** The first rows of some statuses, by type. */
async function sectionOf(
  { title, statuses }: (typeof SECTIONS)[number],
  total: number,
  plan: StoredPlan,
): Promise<string[]> {
  const { head, entries } = plan;
  const listed: InventoryRow[] = [];
  for (const type of head.types) {
    const left = MAX_LISTED - listed.length;
    const own = entries.filter((row) => row.type === type && statuses.includes(row.status)).slice(0, left);
    for await (const row of plan.read(own)) listed.push(inventoryRow(row));
    const earlier = (head.earlier ?? []).filter(
      (row) => row.artifact_type === type && statuses.includes(row.status),
    );
    listed.push(...earlier.slice(0, left - own.length).map(earlierInventoryRow));
  }
  const lines = listed.map((row) => {
    const reason = isWithoutFile(row) && row.failureMode !== '' ? row.failureMode : row.explanation;
    return `- ${cell(row.id)} (${cell(row.type)}): ${cell(reason)}`;
  });
  const more = total > MAX_LISTED ? [`- and ${total - MAX_LISTED} more; see the inventories`] : [];
  return [`## ${title}: ${total}`, '', ...lines, ...more, ''];
}

function nextSteps(count: (statuses: readonly string[]) => number, planFile: string): string[] {
  const steps = [
    count(['to_bind']) > 0 ? `salvor recovery apply ${planFile}` : '',
    count(['needs_review']) > 0 ? `salvor recovery review --plan ${planFile}` : '',
    count(['refused', 'undecided']) > 0 ? 'salvor recovery plan' : '',
  ].filter((step) => step !== '');
  return steps.length === 0 ? ['No further steps.'] : steps.map((step) => `    ${step}`);
}
