import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareUtf8 } from '../../src/core/bytes.js';
import { InventoryDatabase } from '../../src/inventory/database.js';
import { PackReader, packedSql } from '../../src/inventory/packs.js';

let directory: string;
let database: InventoryDatabase;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'salvor-packs-'));
  database = await InventoryDatabase.open(directory);
});
afterAll(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

/** The packs of these rows, which go into the query as one parameter. */
async function packsOf(rows: readonly { key: string; size: number; ms: number }[]): Promise<Uint8Array[]> {
  const table = "SELECT r->>'key' AS key, (r->>'size')::BIGINT AS size, (r->>'ms')::BIGINT AS ms";
  const packs: Uint8Array[] = [];
  const sql = packedSql(`${table} FROM (SELECT unnest(from_json($1, '["JSON"]')) AS r)`);
  for await (const some of database.query(sql, [JSON.stringify(rows)])) packs.push(...some);
  return packs;
}

it('rows come out as they went in, in the order of their keys, however many there are', async () => {
  const key = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !text.includes('\0'));
  const row = fc.record({ key, size: fc.maxSafeNat(), ms: fc.nat(4_102_444_800_000) });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(row, { selector: (one) => one.key, maxLength: 33 }), async (rows) => {
      const reader = new PackReader();
      const found = (await packsOf(rows)).flatMap((pack) => reader.read(pack));
      const wanted = rows
        .toSorted((a, b) => compareUtf8(a.key, b.key))
        .map(({ key, size, ms }) => ({ key, sizeBytes: size, lastModifiedMs: ms }));
      expect(found).toEqual(wanted);
      reader.requireEnd();
    }),
    { numRuns: 60 },
  );
});

it('a pack that is lost, or comes again, or is in another form, or never came is noticed', async () => {
  const rows = Array.from({ length: 30 }, (_, i) => ({ key: `k${i}`, size: i, ms: i }));
  const [first, second, third] = await packsOf(rows);
  if (!first || !second || !third) throw new Error('there are too few packs');
  const reader = new PackReader();
  expect(reader.read(first)).toHaveLength(8);
  expect(() => reader.read(third)).toThrow('row 17 of an inventory came after 8 rows');
  expect(() => reader.read(first)).toThrow('row 1 of an inventory came after 8 rows');
  expect(reader.read(second)).toHaveLength(8);
  expect(() => reader.requireEnd()).toThrow(expect.objectContaining({ code: 'inventory.broken_off' }));
  expect(reader.read(third)).toHaveLength(8);
  expect(() => new PackReader().read(Buffer.from('1 3 -1 2 key'))).toThrow('unknown form');
  expect(() => new PackReader().read(Buffer.from('1 3 1'))).toThrow('unknown form');
});

it('a query that is under way ends when it is told to', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const read = async (): Promise<void> => {
    const rows = 'SELECT encode(i::VARCHAR) FROM range(1000000000000) r(i)';
    for await (const _ of database.query(rows, [], stop.signal)) stop.abort(reason);
  };
  await expect(read()).rejects.toBe(reason);
  // The next one is none the worse for it.
  expect(await packsOf([{ key: 'k', size: 1, ms: 1 }])).toHaveLength(1);
});
