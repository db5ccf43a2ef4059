import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArtifacts } from '../../src/registry/artifacts/artifacts.js';
import type { ArtifactReader, OldestKey } from '../../src/registry/artifacts/artifacts-port.js';
import { PLAIN, plainDdl, type Table, tableOf } from './artifacts-support.js';

const SHA = 'a'.repeat(64);
const ROWS = 12_000;

/** Everything that a reader gives, a page at a time. */
async function allOldest(reader: ArtifactReader, limit: number): Promise<OldestKey[]> {
  const all: OldestKey[] = [];
  for (let after: OldestKey | undefined; ; after = all.at(-1)) {
    const page = await reader.oldestDone(after, limit, { before: new Date() });
    all.push(...page);
    if (page.length < limit) return all;
  }
}

describe('digests in another database than the artifacts', () => {
  let table: Table;
  let separate: ArtifactReader;
  beforeAll(async () => {
    table = await tableOf(plainDdl('jsonb', 'integer'));
    // Of each 6 rows: two with a marker alone, one with someone else's, one verified since, one moved, one without.
    await table.db.query(
      `insert into artifacts select n, 't', 'p', case when n % 6 = 5 then '{}' else jsonb_build_object(
         'file_sha256', $1::text, 'file_size_bytes', 1,
         'file_sha256_computed_at', to_char(timestamp '2020-01-01' + n % 500 * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end
       from generate_series(1, $2::integer) n`,
      [SHA, ROWS],
    );
    await table.db.query(
      `insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at, marker, verified_at)
       select n::text, 'salvor.artifacts', case when n % 6 = 4 then 'moved' else 'p' end, '/r', 1, now(), $1, '2020-01-01',
         case when n % 6 = 2 then '2019-01-01T00:00:00.000Z' else metadata ->> 'file_sha256_computed_at' end,
         timestamptz '2024-01-01' + n % 300 * interval '1 day'
       from artifacts cross join lateral (select id as n) i where id % 6 in (2, 3, 4)`,
      [SHA],
    );
    separate = (await openArtifacts(table.db, PLAIN, { state: table.db })).reader;
  });
  afterAll(() => table[Symbol.asyncDispose]());

  it.each([1, 700, 50_000])(
    'are in the order of the scrub as if they were in the same one (pages of %s)',
    async (limit) => {
      if (limit === 1) {
        // The first one alone: what a scrub asks for to say which file was verified longest ago.
        const [first] = await separate.oldestDone(undefined, 1, { before: new Date() });
        const [same] = await table.artifacts.reader.oldestDone(undefined, 1, { before: new Date() });
        expect(first?.verifiedAt).toBe(same?.verifiedAt);
        return;
      }
      const joined = await allOldest(table.artifacts.reader, limit);
      const apart = await allOldest(separate, limit);
      const times = apart.map((key) => key.verifiedAt);
      expect(times).toEqual([...times].sort());
      const byId = (a: OldestKey, b: OldestKey) => Number(a.id) - Number(b.id);
      expect(apart.sort(byId)).toEqual(joined.sort(byId));
      expect(apart).toHaveLength((ROWS * 4) / 6);
    },
  );
});
