import type { Emit } from '../../../events/event.js';
import type { RowStatus } from '../evidence/decision.js';
import type { PlanDocument, PlanRow } from '../plan/plan-document.js';

/** How each planned row ended, and what it took. */
export class ApplyTally {
  refused = 0;
  bytesRecovered = 0;
  bytesFetched = 0;
  archivesRead = 0;
  /** Why a planned row was not bound, by its id. */
  readonly refusals = new Map<string, string>();
  private readonly done = new Set<string>();
  private readonly total: number;

  constructor(
    plan: PlanDocument,
    private readonly emit: Emit,
  ) {
    this.total = plan.rows.filter((row) => row.status === 'bound').length;
  }

  bound(row: PlanRow, bytes: number): undefined {
    this.done.add(row.id);
    this.bytesRecovered += bytes;
    this.emit({ type: 'examined', subjects: [row.id] });
    this.progress();
  }

  refuse(row: PlanRow, code: string, message: string): undefined {
    this.refused += 1;
    this.refusals.set(row.id, `${code}: ${message}`);
    this.emit({ type: 'examined', subjects: [row.id] });
    this.emit({ type: 'finding', finding: { code, severity: 'error', subject: row.id, message } });
    this.progress();
  }

  /** What was planned and not done waits for a person. */
  statusOf(row: PlanRow): RowStatus {
    return row.status === 'bound' && !this.done.has(row.id) ? 'needs_review' : row.status;
  }

  private progress(): void {
    this.emit({ type: 'progress', unit: 'rows', done: this.done.size + this.refused, total: this.total });
  }
}
