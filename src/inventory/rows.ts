import { Failure } from '../core/failure.js';
import { counted } from '../core/pluralize.js';
import { COLD_CLASSES } from '../core/storage-class.js';
import type { ObjectInfo } from '../objectstore/port.js';
import type { Chunk } from './chunk.js';

/** The size in the end marker after the last row, by which missing rows are noticed. */
const END = -1;

/**
 * Turns a query for `key`, `size`, `ms` and `cold`, whose keys all begin with `$1`, into one for the same rows, numbered
 * and sorted by key. An end marker follows the last row, because a query that fails while it is read looks like one
 * that has ended.
 */
export function orderedSql(objectsSql: string): string {
  // Only the part after the common prefix is sorted: the sort compares the first 8 bytes if possible and moves less
  // data.
  const rest = `SELECT substr(key, length($1) + 1) AS rest, size, ms, cold FROM (${objectsSql})`;
  const rows = `${rest} UNION ALL SELECT NULL, NULL, NULL, NULL`;
  return (
    `SELECT coalesce($1 || rest, ''), coalesce(size, ${END})::DOUBLE, coalesce(ms, 0)::DOUBLE, number::DOUBLE, coalesce(cold, 0)::DOUBLE FROM (` +
    `SELECT row_number() OVER () AS number, rest, size, ms, cold FROM (${rows} ORDER BY rest NULLS LAST))`
  );
}

/** Reads the rows that `orderedSql` selects, chunk by chunk. */
export class RowReader {
  #rows = 0;
  #ended = false;

  /** The rows of the next chunk. @throws Error if rows are missing or out of order */
  read(chunk: Pick<Chunk, 'rowCount' | 'texts' | 'numbers'>): ObjectInfo[] {
    const keys = chunk.texts(0);
    const [sizes, times] = [chunk.numbers(1), chunk.numbers(2)];
    const [numbers, colds] = [chunk.numbers(3), chunk.numbers(4)];
    const objects: ObjectInfo[] = [];
    for (let i = 0; i < chunk.rowCount; i += 1) {
      const number = numbers[i];
      const key = keys[i];
      const sizeBytes = sizes[i];
      const lastModifiedMs = times[i];
      const storageClass = COLD_CLASSES[(colds[i] ?? 0) - 1];
      if (this.#ended || number !== this.#rows + 1)
        throw new Error(`row ${number} of an inventory came after ${counted(this.#rows, 'row')}`);
      if (key === undefined || sizeBytes === undefined || lastModifiedMs === undefined)
        throw new Error('a row of an inventory came without its columns');
      if (sizeBytes === END) this.#ended = true;
      else {
        objects.push(
          storageClass === undefined
            ? { key, sizeBytes, lastModifiedMs }
            : { key, sizeBytes, lastModifiedMs, storageClass },
        );
        this.#rows += 1;
      }
    }
    return objects;
  }

  /** Call this after the last row. @throws Failure `inventory.broken_off` */
  requireEnd(): void {
    if (this.#ended) return;
    throw new Failure('inventory.broken_off', `the inventory could be read only up to row ${this.#rows}`, {
      hint: 'the usual cause is too little memory, or too little space on the file system of TMPDIR',
    });
  }
}
