import type { PlanHead, PlanSource, PlanStatus } from '../plan/plan-document.js';
import type { PlanEntry } from '../plan/stored-plan.js';

type Counts = Record<PlanStatus, number>;

/** As in the `--json` output and in the run's record. */
export interface RecoverySummary extends Counts {
  rows_considered: number;
  candidates: number;
  archives_searched: number;
  archives_streamed: number;
  bytes_fetched: number;
  bytes_recovered: number;
  by_type: Record<string, { rows: number; on_disk_before: number; on_disk_after: number } & Counts>;
  sources: PlanSource[];
  /** Where the plan was written. */
  plan_file?: string;
  /** With a read-only registry: the script that has the changes, for a person to run. */
  script?: string;
}

export interface Traffic {
  archivesSearched: number;
  archivesStreamed: number;
  bytesFetched: number;
}

function noCounts(): Counts {
  return {
    to_bind: 0,
    bound: 0,
    refused: 0,
    needs_review: 0,
    rejected: 0,
    external_reference: 0,
    residual: 0,
    undecided: 0,
    unrecoverable: 0,
  };
}

/** The summary of a run that was stopped before it had a plan. */
export function nothingDecided(): RecoverySummary {
  return {
    rows_considered: 0,
    ...noCounts(),
    candidates: 0,
    archives_searched: 0,
    archives_streamed: 0,
    bytes_fetched: 0,
    bytes_recovered: 0,
    by_type: {},
    sources: [],
  };
}

/** Sums up a plan: by planned status, or by final status if it was applied. */
export function summaryOf(
  { head, entries }: { head: PlanHead; entries: readonly PlanEntry[] },
  traffic: Traffic,
  applied?: { statusOf: (row: PlanEntry) => PlanStatus; bytesRecovered: number },
): RecoverySummary {
  const total = noCounts();
  const byType: RecoverySummary['by_type'] = {};
  for (const type of head.types) {
    const totals = head.totals[type] ?? { rows: 0, on_disk_before: 0 };
    byType[type] = { ...totals, on_disk_after: totals.on_disk_before, ...noCounts() };
  }
  for (const row of entries) {
    const status = applied === undefined ? row.status : applied.statusOf(row);
    total[status] += 1;
    const own = byType[row.type];
    if (own === undefined) continue;
    own[status] += 1;
    if (applied !== undefined && status === 'bound') own.on_disk_after += 1;
  }
  return {
    rows_considered: entries.length,
    ...total,
    candidates: entries.reduce((sum, row) => sum + row.candidates, 0),
    archives_searched: traffic.archivesSearched,
    archives_streamed: traffic.archivesStreamed,
    bytes_fetched: traffic.bytesFetched,
    bytes_recovered: applied?.bytesRecovered ?? 0,
    by_type: byType,
    sources: head.sources,
  };
}
