import type { UnitDraft } from '../../queue/port.js';
import type { ArtifactKey } from '../../registry/artifacts-port.js';
import type { ChecksumOptions } from './options.js';
import type { SharedPorts } from './share.js';

/** So many units that several workers end at about the same time, of so many rows that a unit is worth its way. */
const UNITS = 200;
const SMALLEST_UNIT = 25;

/**
 * Cuts keys into units. A unit holds the ids themselves and not a range of them: without an index on type and id, which
 * the table need not have, every range would cost a scan. All rows of a unit are looked for in the same roots.
 */
export async function* unitsOf(
  pages: AsyncIterable<readonly ArtifactKey[]>,
  rows: number,
  options: Pick<ChecksumOptions, 'batchRows'>,
  ports: Ports,
): AsyncGenerator<UnitDraft> {
  const size = unitRows(rows, options.batchRows);
  let unit: ArtifactKey[] = [];
  for await (const page of pages) {
    for (const key of page) {
      const [first] = unit;
      if (first !== undefined && (unit.length >= size || !needTheSame(key.type, first.type, ports))) {
        yield draft(unit, first, ports);
        unit = [];
      }
      unit.push(key);
    }
  }
  const [first] = unit;
  if (first !== undefined) yield draft(unit, first, ports);
}

function unitRows(rows: number, batchRows: number): number {
  return Math.min(batchRows, Math.max(SMALLEST_UNIT, Math.ceil(rows / UNITS)));
}

function draft(keys: readonly ArtifactKey[], first: ArtifactKey, ports: Ports): UnitDraft {
  const last = keys.at(-1) ?? first;
  return {
    needs: ports.needsOf(first.type),
    about: `${keys.length} rows, from ${nameOf(first)} to ${nameOf(last)}`,
    payload: { ids: keys.map(({ id }) => id) },
  };
}

function nameOf({ type, id }: ArtifactKey): string {
  return type === null ? id : `${type} ${id}`;
}

type Ports = Pick<SharedPorts, 'needsOf'>;

function needTheSame(a: string | null, b: string | null, { needsOf }: Ports): boolean {
  return a === b || JSON.stringify(needsOf(a)) === JSON.stringify(needsOf(b));
}
