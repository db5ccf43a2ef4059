import type { Database } from '../database.js';

/** Rows fetched at a time. */
const BATCH_ROWS = 5000;

/**
 * Hands the rows of a query over in batches, from one snapshot and in constant memory: for what has to be joined with
 * another database. Duplicate and missing ids are no trouble to it, as they are to pages by id.
 */
export async function scanBatches<Row>(
  db: Database,
  { sql, values }: { sql: string; values: readonly unknown[] },
  take: (rows: Row[]) => Promise<void> | void,
): Promise<void> {
  await db.transaction(
    async (tx) => {
      await tx.query(`declare salvor_scan no scroll cursor for ${sql}`, values);
      for (;;) {
        const { rows } = await tx.query<Row>(`fetch ${BATCH_ROWS} from salvor_scan`);
        if (rows.length > 0) await take(rows);
        if (rows.length < BATCH_ROWS) return;
      }
    },
    // Rows have been handed over: a second try would hand them over twice.
    { readOnly: true, once: true },
  );
}

/** The `limit` smallest of any number of values, in order; holds at most twice as many. */
export class Smallest<T> {
  #kept: T[] = [];
  readonly #limit: number;
  readonly #compare: (a: T, b: T) => number;

  constructor(limit: number, compare: (a: T, b: T) => number) {
    this.#limit = limit;
    this.#compare = compare;
  }

  add(value: T): void {
    this.#kept.push(value);
    if (this.#kept.length >= 2 * this.#limit + 1000) this.#cut();
  }

  values(): T[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept = this.#kept.sort(this.#compare).slice(0, this.#limit);
  }
}
