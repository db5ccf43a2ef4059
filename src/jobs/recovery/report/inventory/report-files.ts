import type { EarlierRow } from '../../plan/plan-document.js';
import type { PlanEntry, StoredPlan } from '../../plan/stored-plan.js';
import { inventoryCsv, residualCsv } from './csv.js';
import { inventoryHtml, residualHtml } from './html.js';
import { inventoryMarkdown, residualMarkdown } from './markdown.js';
import { isGone, isWithoutFile } from './table.js';

export const REPORT_FORMATS = ['md', 'csv', 'json', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

interface ReportFile {
  name: string;
  /** Its text, row by row, so that at most one row is in memory. */
  pieces: AsyncIterable<string>;
}

/** The inventory of each type and the residual list, in one format. */
export function reportFiles(plan: StoredPlan, format: ReportFormat): ReportFile[] {
  const { inventory, residual } = WRITERS[format];
  const { types } = plan.head;
  const files = types.map((type, i) => ({
    name: `inventory-${fileNameOf(types, i)}.${format}`,
    pieces: inventory(plan, type),
  }));
  return [...files, { name: `residual.${format}`, pieces: residual(plan) }];
}

const WRITERS: Record<
  ReportFormat,
  {
    inventory: (plan: StoredPlan, type: string) => AsyncIterable<string>;
    residual: (plan: StoredPlan) => AsyncIterable<string>;
  }
> = {
  md: { inventory: inventoryMarkdown, residual: residualMarkdown },
  csv: { inventory: inventoryCsv, residual: residualCsv },
  html: { inventory: inventoryHtml, residual: residualHtml },
  json: {
    inventory: (plan, type) =>
      planPart(
        plan,
        (row) => row.type === type,
        (row) => row.artifact_type === type,
      ),
    residual: (plan) => planPart(plan, isWithoutFile, isGone),
  },
};

/** A plan document with only some of the rows, in the format of the plan. */
async function* planPart(
  plan: StoredPlan,
  wants: (entry: PlanEntry) => boolean,
  wantsEarlier: (row: EarlierRow) => boolean,
): AsyncGenerator<string> {
  const { version, plan_id, registry, created_at, sources } = plan.head;
  const head = JSON.stringify({ version, plan_id, registry, created_at, sources }, undefined, 2);
  yield `${head.slice(0, -2)},\n  "rows": [`;
  let isFirst = true;
  for await (const row of plan.read(plan.entries.filter(wants))) {
    yield `${isFirst ? '' : ','}\n    ${JSON.stringify(row, undefined, 2).replaceAll('\n', '\n    ')}`;
    isFirst = false;
  }
  const earlier = JSON.stringify((plan.head.earlier ?? []).filter(wantsEarlier), undefined, 2);
  yield `${isFirst ? '' : '\n  '}],\n  "earlier": ${earlier.replaceAll('\n', '\n  ')}\n}\n`;
}

/**
 * A file name for a type. Types come from the registry, so the name must stay in the report directory and be unique.
 */
function fileNameOf(types: readonly string[], i: number): string {
  const names = types.map((type) => type.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 100));
  const name = names[i] ?? '';
  return names.indexOf(name) === i ? name : `${name}-${i}`;
}
