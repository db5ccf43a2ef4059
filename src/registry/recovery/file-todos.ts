import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../core/failure.js';
import type { Database } from '../database.js';
import type { Queries } from '../queries.js';
import { scopeKey } from '../runs/scope-key.js';
import type { Session } from '../session.js';
import { decodeJson, decodeText, encodeJson, encodeText } from '../text.js';
import type { ArmedTodo, FileTodo, FileTodos, NewTodo, TodoState } from './file-todos-port.js';

/** The server notices a killed client when it is next idle; that is soon, but not at once. */
const KILLED_HOLDER_MS = 10_000;
const POLL_MS = 50;

const COLUMNS = `t.id::text as id, t.kind, t.state, t.artifact_id as "artifactId", t.run_id::text as "runId",
  t.entry_id::text as "entryId", t.host, t.root, t.path, t.draft, t.kept, t.stand_in_sha256 as "standInSha256", t.sha256,
  t.inode, t.change, t.by_script as "byScript", t.note, t.opened_at as "openedAt"`;

/** `salvor.file_todos`, over SQL. */
export class PostgresFileTodos implements FileTodos {
  readonly #home: Database;
  readonly #table: string;
  readonly sharesTransactions: boolean;

  /**
   * @param home where Salvor's own state is kept
   * @param table the artifacts table, quoted with its schema
   */
  constructor(home: Database, table: string, sharesTransactions: boolean) {
    this.#home = home;
    this.#table = table;
    this.sharesTransactions = sharesTransactions;
  }

  async open(todos: readonly NewTodo[]): Promise<string[]> {
    if (todos.length === 0) return [];
    const text = (pick: (todo: NewTodo) => string | null): (string | null)[] =>
      todos.map((todo) => {
        const value = pick(todo);
        return value === null ? null : encodeText(value);
      });
    const { rows } = await this.#home.query<{ id: string }>(
      `insert into salvor.file_todos (kind, artifact_id, run_id, entry_id, root, path, draft, kept, stand_in_sha256,
         sha256, by_script, table_name, host)
       select i.kind, i.artifact_id, i.run_id::uuid, i.entry_id::bigint, i.root, i.path, i.draft, i.kept, i.stand_in,
         i.sha256, i.by_script::boolean, $12, $13
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
         $9::text[], $10::text[], $11::text[]) with ordinality
         as i(kind, artifact_id, run_id, entry_id, root, path, draft, kept, stand_in, sha256, by_script, ord)
       order by i.ord returning id::text as id`,
      [
        todos.map((todo) => todo.kind),
        todos.map((todo) => todo.artifactId),
        todos.map((todo) => todo.runId),
        todos.map((todo) => todo.entryId),
        text((todo) => todo.root),
        text((todo) => todo.path),
        text((todo) => todo.draft),
        text((todo) => todo.kept),
        todos.map((todo) => todo.standInSha256),
        todos.map((todo) => todo.sha256),
        todos.map((todo) => String(todo.byScript)),
        this.#table,
        hostname(),
      ],
    );
    return rows.map((row) => row.id);
  }

  async arm({ id, inode, sha256, change }: ArmedTodo): Promise<void> {
    await this.#home.query(
      `update salvor.file_todos set inode = $2, sha256 = $3, change = $4::jsonb where id = $1::bigint`,
      [id, inode, sha256, encodeJson(change)],
    );
  }

  async close(
    id: string,
    state: Exclude<TodoState, 'open'>,
    note: string | null,
    tx?: Queries,
  ): Promise<void> {
    await this.#on(tx).query(
      `update salvor.file_todos set state = $2, note = $3, closed_at = pg_catalog.now(), change = null
       where id = $1::bigint and state = 'open'`,
      [id, state, note === null ? null : encodeText(note)],
    );
  }

  pending(): Promise<FileTodo[]> {
    return this.#select(`t.table_name = $1 and t.state = 'open' order by t.id`, [this.#table]);
  }

  closed(artifactIds: readonly string[]): Promise<FileTodo[]> {
    return this.#select(
      `t.table_name = $1 and t.artifact_id = any($2::text[]) and t.state <> 'open' order by t.id desc`,
      [this.#table, artifactIds],
    );
  }

  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const session = await this.#home.session();
    try {
      await this.#lock(session);
      return await work();
    } finally {
      await session.close();
    }
  }

  async #lock(session: Session): Promise<void> {
    const deadline = Date.now() + KILLED_HOLDER_MS;
    for (;;) {
      const { rows } = await session.query<{ taken: boolean }>(
        'select pg_catalog.pg_try_advisory_lock($1) as taken',
        [scopeKey('file to-dos', this.#table)],
      );
      if (rows[0]?.taken === true) return;
      if (Date.now() > deadline) {
        throw new Failure('run.locked', `another process is changing files of ${this.#table}`, {
          exitCode: 4,
          hint: 'wait until it has ended; `salvor runs list` shows what is running',
        });
      }
      await sleep(POLL_MS);
    }
  }

  #on(tx: Queries | undefined): Queries {
    return tx !== undefined && this.sharesTransactions ? tx : this.#home;
  }

  async #select(where: string, values: readonly unknown[]): Promise<FileTodo[]> {
    const { rows } = await this.#home.query<FileTodo>(
      `select ${COLUMNS} from salvor.file_todos t where ${where}`,
      values,
    );
    const decoded = (value: string | null): string | null => (value === null ? null : decodeText(value));
    return rows.map((row) => ({
      ...row,
      root: decodeText(row.root),
      path: decodeText(row.path),
      draft: decoded(row.draft),
      kept: decoded(row.kept),
      note: decoded(row.note),
      change: decodeJson(row.change),
    }));
  }
}
