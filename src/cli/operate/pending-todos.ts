import { timeText } from '../../core/iso-time.js';
import type { Database } from '../../registry/database.js';
import type { FileTodo } from '../../registry/recovery/file-todos-port.js';
import { decodeText } from '../../registry/text.js';

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

/** Undefined when nothing is pending. */
export function pendingText(pending: readonly PendingTodo[]): string | undefined {
  const [first] = pending;
  if (first === undefined) return undefined;
  const count = `${pending.length === 1000 ? 'at least 1,000' : pending.length} file ${pending.length === 1 ? 'change is' : 'changes are'}`;
  const since = timeText(first.openedAt).slice(0, 16).replace('T', ' ');
  return `${count} not completed, the oldest since ${since}: ${first.kind} of ${first.path} (${first.artifactId}) on ${first.host}`;
}
