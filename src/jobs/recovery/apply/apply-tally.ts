import type { Emit } from '../../../events/event.js';
import type { PlanRow, PlanStatus } from '../plan/plan-document.js';

/** The outcome of each planned row, and the bytes and archives read. */
export class ApplyTally {
  refused = 0;
  bytesRecovered = 0;
  bytesFetched = 0;
  archivesRead = 0;
  /** Why a planned row was not bound, by artifact id. */
  readonly refusals = new Map<string, string>();
  readonly #done = new Set<string>();
  readonly #total: number;
  readonly #emit: Emit;

  /** @param total number of rows to bind */
  constructor(total: number, emit: Emit) {
    this.#emit = emit;
    this.#total = total;
  }

  bound(row: PlanRow, bytes: number): undefined {
    this.#done.add(row.id);
    this.bytesRecovered += bytes;
    this.#emit({ type: 'examined', subjects: [row.id] });
    this.#progress();
  }

  refuse(row: PlanRow, code: string, message: string): undefined {
    this.refused += 1;
    this.refusals.set(row.id, `${code}: ${message}`);
    this.#emit({ type: 'examined', subjects: [row.id] });
    this.#emit({ type: 'finding', finding: { code, severity: 'error', subject: row.id, message } });
    this.#progress();
  }

  warn(row: PlanRow, code: string, message: string): void {
    this.#emit({ type: 'finding', finding: { code, severity: 'warning', subject: row.id, message } });
  }

  /** A planned row that was not reached keeps its status; a refused row becomes `refused`. */
  statusOf(row: Pick<PlanRow, 'id' | 'status'>): PlanStatus {
    if (this.refusals.has(row.id)) return 'refused';
    return this.#done.has(row.id) ? 'bound' : row.status;
  }

  #progress(): void {
    this.#emit({ type: 'progress', unit: 'rows', done: this.#done.size + this.refused, total: this.#total });
  }
}
