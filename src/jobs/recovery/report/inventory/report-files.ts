import type { EarlierRow, PlanDocument, PlanRow } from '../../plan/plan-document.js';
import { inventoryCsv, residualCsv } from './csv.js';
import { inventoryHtml, residualHtml } from './html.js';
import { inventoryMarkdown, residualMarkdown } from './markdown.js';
import { isWithoutFile } from './table.js';

export const REPORT_FORMATS = ['md', 'csv', 'json', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportFile {
  name: string;
  content: string;
}

/** The inventory of each type and the residual list, in one format. */
export function reportFiles(plan: PlanDocument, format: ReportFormat): ReportFile[] {
  const { inventory, residual } = WRITERS[format];
  const files = plan.types.map((type, i) => ({
    name: `inventory-${fileNameOf(plan.types, i)}.${format}`,
    content: inventory(plan, type),
  }));
  return [...files, { name: `residual.${format}`, content: residual(plan) }];
}

const WRITERS: Record<
  ReportFormat,
  { inventory: (plan: PlanDocument, type: string) => string; residual: (plan: PlanDocument) => string }
> = {
  md: { inventory: inventoryMarkdown, residual: residualMarkdown },
  csv: { inventory: inventoryCsv, residual: residualCsv },
  html: { inventory: inventoryHtml, residual: residualHtml },
  json: {
    inventory: (plan, type) => {
      const ofType = (row: { artifact_type: string }): boolean => row.artifact_type === type;
      return planPart(plan, ofType, ofType);
    },
    residual: (plan) => planPart(plan, isWithoutFile, (row) => row.status === 'unrecoverable'),
  },
};

/** The plan's own document with some of its rows: whoever reads the one reads the other. */
function planPart(
  plan: PlanDocument,
  wants: (row: PlanRow) => boolean,
  wantsEarlier: (row: EarlierRow) => boolean,
): string {
  const { version, plan_id, registry, created_at, sources } = plan;
  const rows = plan.rows.filter(wants);
  const earlier = (plan.earlier ?? []).filter(wantsEarlier);
  const part = { version, plan_id, registry, created_at, sources, rows, earlier };
  return `${JSON.stringify(part, undefined, 2)}\n`;
}

/** A type comes from the registry: it must not lead out of the directory of reports, nor take another's file. */
function fileNameOf(types: readonly string[], i: number): string {
  const names = types.map((type) => type.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 100));
  const name = names[i] ?? '';
  return names.indexOf(name) === i ? name : `${name}-${i}`;
}
