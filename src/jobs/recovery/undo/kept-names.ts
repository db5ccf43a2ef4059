import type { JournalEntry } from '../../../registry/journal/journal-port.js';
import type { FileTodo } from '../../../registry/recovery/file-todos-port.js';
import { nodeAt } from '../apply/place/files.js';
import { QUARANTINE } from '../apply/place/open-directory.js';
import { basenameOf } from '../evidence/expected.js';

/** Where a bind moved the stand-in to. */
export function keptStandIn(history: readonly FileTodo[], artifactId: string): string | null {
  const swaps = history.filter((todo) => todo.artifactId === artifactId && todo.state === 'done');
  const last = swaps.find((todo) => todo.kind === 'swap_stand_in' || todo.kind === 'bring_back');
  return last?.kept ?? null;
}

/**
 * Where the file may be kept, most likely first: according to a to-do, otherwise under the default quarantine name.
 */
export function keptNames(entry: JournalEntry, path: string, history: readonly FileTodo[]): string[] {
  const recorded = history.flatMap((todo) =>
    todo.kind === 'quarantine' &&
    todo.artifactId === entry.artifactId &&
    todo.state === 'done' &&
    todo.kept !== null
      ? [todo.kept]
      : [],
  );
  const byName = entry.undoes === null ? [] : [quarantineName(entry.undoes, path)];
  return [...new Set([...recorded, ...byName])];
}

/** Where the file of an undone bind is moved. */
export function quarantineName(entryId: string, path: string): string {
  return `${QUARANTINE}/${entryId}-${shortened(basenameOf(path))}`;
}

/** The end of a name, short enough that a numeric prefix fits within the limit of file systems (255 bytes). */
function shortened(name: string): string {
  const bytes = Buffer.from(name);
  return bytes.length <= 200 ? name : name.slice(-60);
}

/** The name if it is free, otherwise the first free one with a number. */
export async function freeName(root: string, name: string): Promise<string> {
  for (let i = 0; ; i += 1) {
    const one = i === 0 ? name : `${name}.${i}`;
    if ((await nodeAt(root, one)) === undefined) return one;
  }
}
