import type { JournalEntry } from '../../../registry/journal/journal-port.js';
import type { FileTodo } from '../../../registry/recovery/file-todos-port.js';
import { nodeAt } from '../apply/place/files.js';
import { QUARANTINE } from '../apply/place/open-directory.js';
import { basenameOf } from '../evidence/expected.js';

/** Where the stand-in is kept that a bind moved out of the way. */
export function keptStandIn(history: readonly FileTodo[], artifactId: string): string | null {
  const swaps = history.filter((todo) => todo.artifactId === artifactId && todo.state === 'done');
  const last = swaps.find((todo) => todo.kind === 'swap_stand_in' || todo.kind === 'bring_back');
  return last?.kept ?? null;
}

/** Where the file may be kept, the likeliest first: as a to-do says, else by the name that it was moved under. */
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

/** Where the file of an undone bind is moved to. */
export function quarantineName(entryId: string, path: string): string {
  return `${QUARANTINE}/${entryId}-${shortened(basenameOf(path))}`;
}

/** The end of a name, so that a number in front of it keeps it within what file systems take (255 bytes). */
function shortened(name: string): string {
  const bytes = Buffer.from(name);
  return bytes.length <= 200 ? name : name.slice(-60);
}

/** The name, or the first of it with a number that nothing has yet. */
export async function freeName(root: string, name: string): Promise<string> {
  for (let i = 0; ; i += 1) {
    const one = i === 0 ? name : `${name}.${i}`;
    if ((await nodeAt(root, one)) === undefined) return one;
  }
}
