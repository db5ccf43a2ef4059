import { Failure } from '../core/failure.js';
import type { ObjectInfo } from '../objectstore/port.js';

/**
 * To fetch a string out of DuckDB costs more than all that is done with it, whatever its length: so that many rows
 * come in one. More would make the window over them cost more than it saves.
 */
const ROWS_PER_PACK = 8;

/** Stands for the row behind the last, so that rows which never came are noticed. */
const END = '.';

const SPACE = 0x20;
const DIGIT_ZERO = 0x30;

/**
 * Makes a query for `key`, `size` and `ms` into one for the same rows in the order of their keys, several in one
 * value: the number of the first, then for each row the length of its key in bytes, size, time and the key itself.
 * Behind the last row comes a mark, because a query that fails while it is read ends like one that is done.
 */
export function packedSql(objectsSql: string): string {
  const record = `CASE WHEN key IS NULL THEN '${END}' ELSE concat(strlen(key), ' ', size, ' ', ms, ' ', key) END`;
  const rows = `SELECT key, size, ms FROM (${objectsSql}) UNION ALL SELECT NULL, NULL, NULL`;
  const others = Array.from({ length: ROWS_PER_PACK - 1 }, (_, i) => i + 1);
  const leads = others.map((i) => `lead(record, ${i}) OVER () AS record${i}`).join(', ');
  return (
    `SELECT encode(concat(number, ' ', record, ${others.map((i) => `record${i}`).join(', ')})) FROM (` +
    `SELECT row_number() OVER () AS number, record, ${leads} FROM (` +
    // Made after the sort, which has enough to carry.
    `SELECT ${record} AS record FROM (${rows} ORDER BY key NULLS LAST))) WHERE number % ${ROWS_PER_PACK} = 1`
  );
}

/** Reads what `packedSql` selects, pack by pack. */
export class PackReader {
  #rows = 0;
  #ended = false;

  /** The rows of the next pack. @throws Error when it is not the next one: the database lost rows, or their order */
  read(bytes: Uint8Array): ObjectInfo[] {
    const pack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const cursor = new Cursor(pack);
    const first = cursor.number();
    if (first !== this.#rows + 1)
      throw new Error(`row ${first} of an inventory came after ${this.#rows} rows`);
    const objects: ObjectInfo[] = [];
    while (cursor.at < pack.length) {
      if (cursor.takes(END)) {
        this.#ended = true;
        break;
      }
      const length = cursor.number();
      const sizeBytes = cursor.number();
      const lastModifiedMs = cursor.number();
      objects.push({ key: cursor.text(length), sizeBytes, lastModifiedMs });
    }
    this.#rows += objects.length;
    return objects;
  }

  /** To be asked when no more packs come. @throws Failure `inventory.broken_off` */
  requireEnd(): void {
    if (this.#ended) return;
    throw new Failure('inventory.broken_off', `the inventory could be read to its row ${this.#rows} only`, {
      hint: 'most often memory, or the room on the file system of TMPDIR, ran out',
    });
  }
}

class Cursor {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Digits, and the space behind them. */
  number(): number {
    let value = 0;
    for (;;) {
      const byte = this.#bytes[this.at];
      this.at += 1;
      if (byte === SPACE) return value;
      if (byte === undefined || byte < DIGIT_ZERO || byte > DIGIT_ZERO + 9) {
        throw new Error('a row of an inventory came in an unknown form');
      }
      value = value * 10 + (byte - DIGIT_ZERO);
    }
  }

  takes(text: string): boolean {
    if (this.#bytes[this.at] !== text.charCodeAt(0)) return false;
    this.at += 1;
    return true;
  }

  text(length: number): string {
    const from = this.at;
    this.at += length;
    return this.#bytes.toString('utf8', from, this.at);
  }
}
