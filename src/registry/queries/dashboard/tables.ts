import type { Sql } from '../../../dashboard/port.js';

/** Tables that an older or smaller installation may lack. */
export type OptionalTable =
  | 'drift'
  | 'digests'
  | 'journal'
  | 'recovery_rows'
  | 'decisions'
  | 'proofs'
  | 'partial_reads';

/** How long the result is cached: a migration may run while the dashboard is running. */
const FRESH_MS = 30_000;

/** Which of Salvor's tables exist. The content of a missing table is shown as absent, not as an error. */
export class Tables {
  #known: Promise<ReadonlySet<string>> | undefined;
  #askedAt = 0;
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  async has(table: OptionalTable): Promise<boolean> {
    return (await this.#all()).has(table);
  }

  #all(): Promise<ReadonlySet<string>> {
    if (this.#known === undefined || this.#now() - this.#askedAt > FRESH_MS) {
      this.#askedAt = this.#now();
      const asked = this.#ask();
      this.#known = asked;
      asked.catch(() => {
        this.#known = undefined;
      });
    }
    return this.#known;
  }

  async #ask(): Promise<ReadonlySet<string>> {
    const { rows } = await this.#sql.query<{ name: string }>(
      `select c.relname::text as name from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'salvor' and c.relkind in ('r', 'p', 'v')`,
    );
    return new Set(rows.map((row) => row.name));
  }
}
