import { counted } from '../../../core/pluralize.js';
import type { UnitDraft } from '../../../queue/port.js';
import type { ArtifactKey } from '../../../registry/artifacts/artifacts-port.js';
import type { ChecksumOptions } from '../options.js';
import type { SharedPorts } from './distributed.js';

/**
 * The share of the remaining rows per unit: early units are large to save overhead, late ones small so that workers
 * finish together.
 */
const PART_OF_REST = 1 / 32;
const SMALLEST_UNIT = 25;

/**
 * Cuts keys into units. A unit lists the ids instead of a range of them: the table need not have an index on type and
 * id, and without one every range would cost a scan. The files of all rows of a unit are looked up in the same roots.
 */
export async function* unitsOf(
  pages: AsyncIterable<readonly ArtifactKey[]>,
  rows: number,
  options: Pick<ChecksumOptions, 'batchRows'>,
  { needsOf }: Pick<SharedPorts, 'needsOf'>,
): AsyncGenerator<UnitDraft> {
  let left = rows;
  const open = new Map<string, OpenUnit>();
  for await (const page of pages) {
    for (const key of page) {
      const needs = needsOf(key.type);
      const alike = JSON.stringify(needs);
      const unit = open.get(alike) ?? { needs, first: key, last: key, ids: [] };
      open.set(alike, unit);
      unit.ids.push(key.id);
      unit.last = key;
      const size = Math.max(SMALLEST_UNIT, Math.ceil(left * PART_OF_REST));
      if (unit.ids.length < Math.min(options.batchRows, size)) continue;
      open.delete(alike);
      left -= unit.ids.length;
      yield draft(unit);
    }
  }
  for (const unit of open.values()) yield draft(unit);
}

interface OpenUnit {
  needs: unknown;
  first: ArtifactKey;
  last: ArtifactKey;
  ids: string[];
}

function draft({ needs, first, last, ids }: OpenUnit): UnitDraft {
  return {
    needs,
    about: `${counted(ids.length, 'row')}, from ${nameOf(first)} to ${nameOf(last)}`,
    payload: { ids },
  };
}

function nameOf({ type, id }: ArtifactKey): string {
  return type === null ? id : `${type} ${id}`;
}
