import type { Emit } from '../../../events/event.js';
import type { TargetResult } from '../scanned-target.js';
import type { Allowlist } from './allowlist.js';

/**
 * Reports allowlist entries that matched no archive. A file used by several targets is checked over all of them, and
 * only if all were listed completely: an entry may match an archive that was not seen.
 */
export function reportUnusedEntries(results: readonly TargetResult[], emit: Emit): void {
  const byFile = new Map<string, { lists: Allowlist[]; complete: boolean }>();
  // Not possible for a part of a backup: an entry may match an archive outside it.
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
