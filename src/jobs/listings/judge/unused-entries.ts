import type { Emit } from '../../../events/event.js';
import type { TargetResult } from '../scanned-target.js';
import type { Allowlist } from './allowlist.js';

/**
 * Tells the allowlist entries that matched no archive. A file that serves several targets is judged over all of them,
 * and only when all were listed completely: what was not seen can't be called unused.
 */
export function reportUnusedEntries(results: readonly TargetResult[], emit: Emit): void {
  const byFile = new Map<string, { lists: Allowlist[]; complete: boolean }>();
  // Of a part nothing can be said: an entry may be for what lies outside of it.
  for (const { target, complete } of results) {
    if (target.allowlist === undefined) continue;
    const same = byFile.get(target.allowlist.file) ?? { lists: [], complete: true };
    same.lists.push(target.allowlist);
    same.complete &&= complete && target.partOf === undefined;
    byFile.set(target.allowlist.file, same);
  }
  for (const [file, { lists, complete }] of byFile) {
    if (complete) for (const entry of unusedInAll(lists)) tell(file, entry, emit);
  }
}

function unusedInAll([first, ...others]: readonly Allowlist[]): { text: string; line: number }[] {
  const unusedElsewhere = others.map((list) => new Set(list.unused().map(({ line }) => line)));
  return (first?.unused() ?? []).filter(({ line }) => unusedElsewhere.every((lines) => lines.has(line)));
}

function tell(file: string, { text, line }: { text: string; line: number }, emit: Emit): void {
  emit({
    type: 'finding',
    finding: {
      code: 'allowlist.unused',
      severity: 'warning',
      subject: `${file}:${line}`,
      message: `the entry ${JSON.stringify(text)} matches no archive`,
      detail: { file, line, entry: text },
    },
  });
}
