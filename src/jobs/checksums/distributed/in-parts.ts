import type { UnitDraft } from '../../../queue/port.js';
import type { ChecksumPorts } from '../options.js';
import type { RunUnderWay } from '../pipeline/active-run.js';
import type { Limit } from '../pipeline/limits.js';
import type { SetAsideRow } from './process-unit.js';
import type { SetAside } from './set-aside.js';

interface InPartsPorts extends Pick<ChecksumPorts, 'clock' | 'parts'> {
  needsOf(type: string | null): unknown;
}

interface Turns {
  aside: SetAside;
  /** The number of units that have ended. */
  results: { readonly units: number };
  limit: Limit;
  run: Pick<RunUnderWay, 'startedMs'>;
  /** When the run must end, by the monotonic clock; undefined if it has no time limit. */
  endMs?: number | undefined;
}

/**
 * First the units of files that fit into the run, then those of files that do not. If the run has a time limit, the
 * files that were set aside are started after half of the time at the latest: the others might use up all of it.
 */
export async function* thenInParts(
  drafts: AsyncIterable<UnitDraft>,
  turns: Turns,
  ports: InPartsPorts,
): AsyncGenerator<UnitDraft | undefined> {
  const { aside, results, limit } = turns;
  let drafted = 0;
  for await (const draft of drafts) {
    drafted += 1;
    yield draft;
    if (aside.isEmpty || !isHalfGone(turns, ports)) continue;
    if (limit.bytesLeft !== undefined) {
      // Both count against the same byte limit.
      aside.isIncomplete = true;
      break;
    }
    for (const unit of await unitsInParts(turns, ports)) {
      drafted += 1;
      yield unit;
    }
  }
  // Only when the units have ended is it known what workers set aside.
  while (results.units < drafted) yield undefined;
  yield* await unitsInParts(turns, ports);
}

function isHalfGone({ run, endMs }: Turns, { clock }: InPartsPorts): boolean {
  return endMs !== undefined && clock.monotonicMs() >= (run.startedMs + endMs) / 2;
}

/** One file per unit, so that workers share them. With a byte limit, one unit takes all rows with the same needs. */
async function unitsInParts({ aside, limit }: Turns, ports: InPartsPorts): Promise<UnitDraft[]> {
  const rows = await aside.take(ports.parts);
  if (limit.bytesLeft === undefined) return rows.map((row) => draft([row], null, ports));
  const groups = new Map<string, SetAsideRow[]>();
  for (const row of rows) {
    const alike = JSON.stringify(ports.needsOf(row.type));
    groups.set(alike, [...(groups.get(alike) ?? []), row]);
  }
  const maxBytes = Math.floor((limit.bytesLeft + aside.takenBytes) / Math.max(1, groups.size));
  aside.isIncomplete ||= rows.length > 0 && maxBytes === 0;
  if (maxBytes === 0) return [];
  return [...groups.values()].map((group) => draft(group, maxBytes, ports));
}

function draft(rows: readonly SetAsideRow[], maxBytes: number | null, { needsOf }: InPartsPorts): UnitDraft {
  const [first] = rows;
  const others = rows.length === 1 ? '' : ` and ${rows.length - 1} more`;
  return {
    needs: needsOf(first?.type ?? null),
    about: `in parts: ${first?.id}${others}`,
    payload: { ids: rows.map(({ id }) => id), inParts: { maxBytes } },
  };
}
