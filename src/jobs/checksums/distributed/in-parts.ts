import type { UnitDraft } from '../../../queue/port.js';
import type { RunUnderWay } from '../pipeline/active-run.js';
import type { Limit } from '../pipeline/limits.js';
import type { SharedPorts } from './distributed.js';
import type { SetAsideRow } from './process-unit.js';
import type { Gathered } from './unit-results.js';

/** More than a run can begin; the others wait for the next one. */
const MOST_SET_ASIDE = 1000;

/** Rows whose file does not fit into one unit, or into the bytes of the run: read in parts after all that fits. */
export class SetAside {
  readonly #waiting = new Map<string, SetAsideRow>();
  /** There were more than are kept, or the time of what fits was cut short for them. */
  isIncomplete = false;

  /** Taken off the bytes of the run with units that did not read them. */
  takenBytes = 0;

  add({ id, type, taken_bytes: takenBytes = 0 }: SetAsideRow): void {
    this.takenBytes += takenBytes;
    if (this.#waiting.size < MOST_SET_ASIDE) this.#waiting.set(id, { id, type });
    else this.isIncomplete = true;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Hands them over, those of which a part was read before first. */
  async take({ parts }: Pick<SharedPorts, 'parts'>): Promise<SetAsideRow[]> {
    const rows = [...this.#waiting.values()];
    this.#waiting.clear();
    const begun = (await parts?.begun()) ?? new Set();
    return [...rows.filter(({ id }) => begun.has(id)), ...rows.filter(({ id }) => !begun.has(id))];
  }
}

interface Turns {
  aside: SetAside;
  gathered: Pick<Gathered, 'units'>;
  limit: Limit;
  run: Pick<RunUnderWay, 'startedMs'>;
  /** When the run must end, by the monotonic clock; undefined where no end is in sight. */
  endMs?: number | undefined;
}

/**
 * The units of what fits, and then those of what does not. Where the end of the run is in sight, what was set aside has
 * its turn at half of the time at the latest: what fits may never come to an end.
 */
export async function* thenInParts(
  drafts: AsyncIterable<UnitDraft>,
  turns: Turns,
  ports: SharedPorts,
): AsyncGenerator<UnitDraft | undefined> {
  const { aside, gathered, limit } = turns;
  let drafted = 0;
  for await (const draft of drafts) {
    drafted += 1;
    yield draft;
    if (aside.isEmpty || !isHalfGone(turns, ports)) continue;
    if (limit.bytesLeft !== undefined) {
      // Both are paid out of the same bytes.
      aside.isIncomplete = true;
      break;
    }
    for (const unit of await unitsInParts(turns, ports)) {
      drafted += 1;
      yield unit;
    }
  }
  // What workers set aside is known when their units have ended.
  while (gathered.units < drafted) yield undefined;
  yield* await unitsInParts(turns, ports);
}

function isHalfGone({ run, endMs }: Turns, { clock }: SharedPorts): boolean {
  return endMs !== undefined && clock.monotonicMs() >= (run.startedMs + endMs) / 2;
}

/** One file to a unit, so that workers share them; a limit on bytes is kept by one unit for all rows that are alike. */
async function unitsInParts({ aside, limit }: Turns, ports: SharedPorts): Promise<UnitDraft[]> {
  const rows = await aside.take(ports);
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

function draft(rows: readonly SetAsideRow[], maxBytes: number | null, { needsOf }: SharedPorts): UnitDraft {
  const [first] = rows;
  const others = rows.length === 1 ? '' : ` and ${rows.length - 1} more`;
  return {
    needs: needsOf(first?.type ?? null),
    about: `in parts: ${first?.id}${others}`,
    payload: { ids: rows.map(({ id }) => id), inParts: { maxBytes } },
  };
}
