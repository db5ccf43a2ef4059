import { asUuid } from '../../core/uuid.js';
import type { Database } from '../database.js';
import type { Journal, JournalEntry, JournalFilter } from './journal-port.js';

const DEFAULT_LIMIT = 100;

const SELECT = `select j.id::text as id, j.run_id::text as "runId", j.artifact_id as "artifactId", j.table_name as "table", j.action,
  j.before::text as before, j.after::text as after, j.reason, j.actor, j.at, j.undoes::text as undoes,
  u.id::text as "undoneBy"
  from salvor.journal j left join salvor.journal u on u.undoes = j.id`;

/** `salvor.journal`, read over SQL. Entries are written only together with the change that they tell of. */
export class PostgresJournal implements Journal {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async log(filter: JournalFilter): Promise<JournalEntry[]> {
    const values: unknown[] = [];
    const conditions: string[] = [];
    const add = (sql: string, value: unknown): void => {
      if (value === undefined) return;
      values.push(value);
      conditions.push(sql.replace('%', `$${values.length}`));
    };
    // A run that is no UUID is in no entry.
    if (filter.runId !== undefined && asUuid(filter.runId) === undefined) return [];
    add('j.run_id = %::uuid', filter.runId);
    add('j.artifact_id = %', filter.artifactId);
    add('j.table_name = %', filter.table);
    add('j.action = %', filter.action);
    add('j.id < %::bigint', filter.before);
    values.push(filter.limit ?? DEFAULT_LIMIT);
    const where = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
    const { rows } = await this.#db.query<JournalEntry>(
      `${SELECT} ${where} order by j.id desc limit $${values.length}`,
      values,
    );
    return rows;
  }

  async get(id: string): Promise<JournalEntry | undefined> {
    const { rows } = await this.#db.query<JournalEntry>(`${SELECT} where j.id = $1::bigint`, [id]);
    return rows[0];
  }

  async ofRun(runId: string, before: string | undefined, limit: number): Promise<JournalEntry[]> {
    const { rows } = await this.#db.query<JournalEntry>(
      `${SELECT} where j.run_id = $1::uuid and ($2::bigint is null or j.id < $2::bigint) order by j.id desc limit $3`,
      [runId, before ?? null, limit],
    );
    return rows;
  }
}
