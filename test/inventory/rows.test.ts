import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareUtf8 } from '../../src/core/bytes.js';
import { InventoryDatabase } from '../../src/inventory/database.js';
import { orderedSql, RowReader } from '../../src/inventory/rows.js';
import { textsOf } from '../../src/inventory/strings.js';
import type { ObjectInfo } from '../../src/objectstore/port.js';
import { caseCount } from '../support/property-runs.js';

let directory: string;
let database: InventoryDatabase;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-rows-'));
  database = await InventoryDatabase.open(directory);
});
afterAll(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

const PREFIX = 'p/ü😀/';

interface Row {
  key: string;
  size: number;
  ms: number;
}

/** What is read of these rows, which go into the query as one parameter, behind a prefix. */
async function readBack(rows: readonly Row[]): Promise<{ objects: ObjectInfo[]; reader: RowReader }> {
  const table =
    "SELECT $1 || (r->>'key') AS key, (r->>'size')::BIGINT AS size, (r->>'ms')::BIGINT AS ms, 0 AS cold";
  const sql = orderedSql(`${table} FROM (SELECT unnest(from_json($2, '["JSON"]')) AS r)`);
  const reader = new RowReader();
  const objects: ObjectInfo[] = [];
  for await (const chunk of database.query(sql, [PREFIX, JSON.stringify(rows)]))
    objects.push(...reader.read(chunk));
  return { objects, reader };
}

const inOrder = (rows: readonly Row[]): ObjectInfo[] =>
  rows
    .map(({ key, size, ms }) => ({ key: PREFIX + key, sizeBytes: size, lastModifiedMs: ms }))
    .sort((a, b) => compareUtf8(a.key, b.key));

it('rows are returned unchanged, in the order of their keys, however many there are', async () => {
  const key = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !text.includes('\0'));
  const row = fc.record({ key, size: fc.maxSafeNat(), ms: fc.nat(4_102_444_800_000) });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(row, { selector: (one) => one.key, maxLength: 33 }), async (rows) => {
      const { objects, reader } = await readBack(rows);
      expect(objects).toEqual(inOrder(rows));
      reader.requireEnd();
    }),
    { numRuns: caseCount(60) },
  );
});

it('so do those that fill several chunks, the longest keys among them', async () => {
  const lengths = [0, 1, 2, 300, 1000];
  const rows = Array.from({ length: 9000 }, (_, i) => ({
    key: `${i}${'ä'.repeat(lengths[i % lengths.length] ?? 0)}`,
    size: i,
    ms: i * 2,
  }));
  const { objects, reader } = await readBack(rows);
  expect(objects).toEqual(inOrder(rows));
  reader.requireEnd();
});

it('texts are read together only if they are adjacent, and never past the end of one', () => {
  const texts = [
    'in the column',
    'directly behind it',
    'short',
    'somewhere else entirely',
    'and over the edge',
  ];
  const high = 0x1234;
  const low = [0x1000, 0x100d, 0, 0x2000, 0x2017];
  const strings = Buffer.alloc(texts.length * 16);
  for (const [i, text] of texts.entries()) {
    strings.writeUInt32LE(text.length, i * 16);
    if (text.length <= 12) strings.write(text, i * 16 + 4);
    else {
      strings.writeUInt32LE(low[i] ?? 0, i * 16 + 8);
      // The last one's address only looks as if it followed.
      strings.writeUInt32LE(i === 4 ? high + 1 : high, i * 16 + 12);
    }
  }
  const asked: [number, number][] = [];
  const memory = new Map([
    [0, 'in the columndirectly behind it'],
    [3, 'somewhere else entirely'],
    [4, 'and over the edge'],
  ]);
  const found = textsOf(new Uint8Array(strings), texts.length, (_buffer, offset, length) => {
    const index = (offset - 8) / 16;
    asked.push([index, length]);
    return Buffer.from(memory.get(index) ?? '');
  });
  expect(found).toEqual(texts);
  expect(asked).toEqual([
    [0, 31],
    [3, 23],
    [4, 17],
  ]);
});

it('a chunk that is lost, repeated or missing is noticed', () => {
  const chunk = (first: number, sizes: number[]) => ({
    rowCount: sizes.length,
    texts: () => sizes.map((_, i) => `k${first + i}`),
    numbers: (column: number) =>
      Float64Array.from(sizes, (size, i) => (column === 1 ? size : column === 3 ? first + i : 0)),
  });
  const reader = new RowReader();
  expect(reader.read(chunk(1, [5, 5, 5]))).toHaveLength(3);
  expect(() => reader.read(chunk(6, [5, 5]))).toThrow('row 6 of an inventory came after 3 rows');
  expect(() => reader.read(chunk(1, [5]))).toThrow('row 1 of an inventory came after 3 rows');
  expect(() => reader.requireEnd()).toThrow(expect.objectContaining({ code: 'inventory.broken_off' }));
  expect(reader.read(chunk(4, [5, -1]))).toHaveLength(1);
  reader.requireEnd();
  expect(() => reader.read(chunk(5, [5]))).toThrow('row 5 of an inventory came after 4 rows');
});

it('a running query ends when it is aborted', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const read = async (): Promise<void> => {
    const rows = 'SELECT i::VARCHAR FROM range(1000000000000) r(i)';
    for await (const _ of database.query(rows, [], stop.signal)) stop.abort(reason);
  };
  await expect(read()).rejects.toBe(reason);
  // The next one is none the worse for it.
  expect((await readBack([{ key: 'k', size: 1, ms: 1 }])).objects).toHaveLength(1);
});
