import { asUuid } from '../../../core/uuid.js';
import type { JournalRow } from '../../../dashboard/api/artifact.js';
import type { Undone } from '../../../dashboard/api/recovery.js';
import type { Page } from '../../../dashboard/api/session.js';
import type { Sql } from '../../../dashboard/port.js';
import { badRequest, notFound } from '../../../dashboard/security/refusal.js';
import type { OwnEntries } from './own-entries.js';
import { FETCH_ROWS, numberCursor, pageOf } from './page.js';
import { cut, time } from './stored.js';
import type { Tables } from './tables.js';

/** Longer values are truncated for display; an undo uses the complete values. */
const VALUE_CHARS = 4000;

const CHANGES_LIMIT = 100_000;

const COLUMNS = `j.id::text as id, j.run_id::text as run_id, j.artifact_id, j.action,
  left(j.before::text, ${VALUE_CHARS + 1}) as before, left(j.after::text, ${VALUE_CHARS + 1}) as after,
  j.reason, j.actor, j.at, j.undoes::text as undoes, u.id::text as undone_by`;

type Row = Omit<JournalRow, 'at'> & { at: Date };

export interface JournalQuery {
  run?: string;
  artifact?: string;
  action?: string;
  actor?: string;
  after?: string;
}

/** Reads `salvor.journal`. */
export class JournalReads {
  readonly #sql: Sql;
  readonly #tables: Tables;
  readonly #own: OwnEntries;

  constructor(sql: Sql, tables: Tables, own: OwnEntries) {
    this.#sql = sql;
    this.#tables = tables;
    this.#own = own;
  }

  /** One page of entries, newest first. */
  async page(query: JournalQuery): Promise<Page<JournalRow>> {
    if (!(await this.#tables.has('journal'))) return { rows: [], next: null };
    const values: unknown[] = [];
    const where: string[] = [];
    const add = (sql: (parameter: string) => string, value: string | null | undefined): void => {
      if (value === undefined || value === null || value === '') return;
      values.push(value);
      where.push(sql(`$${values.length}`));
    };
    add((p) => `j.run_id = ${p}::uuid`, query.run && runId(query.run));
    add((p) => `j.artifact_id = ${p} and ${this.#own('j')}`, query.artifact);
    add((p) => `j.action = ${p}`, query.action);
    add((p) => `j.actor = ${p}`, query.actor);
    add((p) => `j.id < ${p}::bigint`, numberCursor(query.after));
    const { rows } = await this.#sql.query<Row>(
      `select ${COLUMNS} from salvor.journal j left join salvor.journal u on u.undoes = j.id
       ${where.length === 0 ? '' : `where ${where.join(' and ')}`}
       order by j.id desc limit ${FETCH_ROWS}`,
      values,
    );
    return pageOf(rows, toEntry, (row) => row.id);
  }

  /** The number of entries of a run, counted up to a limit that is enough for display. */
  async changesOf(runId: string): Promise<{ changes: number; changes_limit: number }> {
    if (!(await this.#tables.has('journal'))) return { changes: 0, changes_limit: CHANGES_LIMIT };
    const { rows } = await this.#sql.query<{ changes: number }>(
      `select count(*)::integer as changes from (
         select from salvor.journal where run_id = $1::uuid limit ${CHANGES_LIMIT}) as counted`,
      [runId],
    );
    return { changes: rows[0]?.changes ?? 0, changes_limit: CHANGES_LIMIT };
  }

  /** The undo of a bind of this artifact after `since`, unless that undo was itself undone. */
  async undoneBind(artifactId: string, since: Date): Promise<Undone | null> {
    if (!(await this.#tables.has('journal'))) return null;
    const { rows } = await this.#sql.query<{ by: string; at: Date }>(
      `select u.actor as by, u.at from salvor.journal u join salvor.journal b on b.id = u.undoes and b.action = 'bind'
       where u.artifact_id = $1 and ${this.#own('u')} and u.at > $2 and not exists (select from salvor.journal r where r.undoes = u.id)
       order by u.id desc limit 1`,
      [artifactId, since],
    );
    const [row] = rows;
    return row === undefined ? null : { by: row.by, at: time(row.at) };
  }

  async get(id: string): Promise<JournalRow> {
    const number = numberCursor(id);
    const { rows } = (await this.#tables.has('journal'))
      ? await this.#sql.query<Row>(
          `select ${COLUMNS} from salvor.journal j left join salvor.journal u on u.undoes = j.id
           where j.id = $1::bigint`,
          [number],
        )
      : { rows: [] };
    const [row] = rows;
    if (row === undefined) throw notFound('journal entry with this number');
    return toEntry(row);
  }
}

function runId(text: string): string {
  const id = asUuid(text);
  if (id === undefined) throw badRequest(`${JSON.stringify(text)} is not the id of a run`);
  return id;
}

function toEntry(row: Row): JournalRow {
  return {
    ...row,
    before: cut(row.before, VALUE_CHARS),
    after: cut(row.after, VALUE_CHARS),
    at: time(row.at),
  };
}
