import type { PlanEntry } from '../plan/stored-plan.js';
import type { Source } from '../source-port.js';

/** Rows that are worked on at the same time, unless one archive has more: it is read once. */
const ROWS_TOGETHER = 2000;

/** The rows to be bound in groups of one source: all of one archive together, all others a few thousand at a time. */
export function* entriesTogether(
  planned: readonly PlanEntry[],
  sources: readonly Pick<Source, 'name' | 'kind'>[],
): Generator<PlanEntry[]> {
  const archives = new Set(sources.filter(({ kind }) => kind === 'archives').map(({ name }) => name));
  const bySource = new Map<string, PlanEntry[][]>();
  const ofArchives = new Map<string, PlanEntry[]>();
  for (const entry of planned) {
    const source = entry.source ?? '';
    const parts = bySource.get(source) ?? [];
    bySource.set(source, parts);
    const key = JSON.stringify([source, entry.object]);
    const open = archives.has(source) ? ofArchives.get(key) : parts.at(-1);
    if (open !== undefined && (archives.has(source) || open.length < ROWS_TOGETHER)) {
      open.push(entry);
      continue;
    }
    const begun = [entry];
    parts.push(begun);
    if (archives.has(source)) ofArchives.set(key, begun);
  }
  for (const parts of bySource.values()) yield* merged(parts);
}

/** Small groups of a source are worked on together: it may read several archives at the same time. */
function* merged(parts: readonly PlanEntry[][]): Generator<PlanEntry[]> {
  let group: PlanEntry[] = [];
  for (const part of parts) {
    if (group.length > 0 && group.length + part.length > ROWS_TOGETHER) {
      yield group;
      group = [];
    }
    for (const entry of part) group.push(entry);
  }
  if (group.length > 0) yield group;
}
