import type { PlanEntry } from '../plan/stored-plan.js';
import type { Source } from '../source-port.js';

/** Rows processed together. The rows of one archive stay together even if there are more, so that it is read once. */
const ROWS_TOGETHER = 2000;

/** Groups the rows to bind by source: all rows of one archive together, others a few thousand at a time. */
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

/** Merges small groups of one source, because a source may read several archives in parallel. */
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
