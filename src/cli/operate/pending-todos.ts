import { timeText } from '../../core/iso-time.js';
import type { PendingTodo } from '../../registry/queries/pending-todos.js';

/** Undefined when nothing is pending. */
export function pendingText(pending: readonly PendingTodo[]): string | undefined {
  const [first] = pending;
  if (first === undefined) return undefined;
  const count = `${pending.length === 1000 ? 'at least 1,000' : pending.length} file ${pending.length === 1 ? 'change is' : 'changes are'}`;
  const since = timeText(first.openedAt).slice(0, 16).replace('T', ' ');
  return `${count} not completed, the oldest since ${since}: ${first.kind} of ${first.path} (${first.artifactId}) on ${first.host}`;
}
