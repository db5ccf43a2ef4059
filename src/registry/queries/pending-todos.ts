import type { Database } from '../database.js';
import type { FileTodo } from '../recovery/file-todos-port.js';
import { decodeText } from '../text.js';

/** A file change that was begun and not completed. */
export type PendingTodo = Pick<FileTodo, 'kind' | 'artifactId' | 'path' | 'host' | 'openedAt' | 'runId'>;

/** File changes of all tables that are not completed, the oldest first: of runs that go on, or that were killed. */
export async function pendingTodos(database: Database): Promise<PendingTodo[]> {
  const { rows } = await database.query<PendingTodo>(
    `select t.kind, t.artifact_id as "artifactId", t.path, t.host, t.opened_at as "openedAt", t.run_id::text as "runId"
     from salvor.file_todos t where t.state = 'open' order by t.id limit 1000`,
  );
  return rows.map((row) => ({ ...row, path: decodeText(row.path) }));
}
