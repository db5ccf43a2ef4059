import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentMarker, standingOf } from '../../src/jobs/checksums/pipeline/current-marker.js';
import { plainDdl, type Table, tableOf } from './artifacts-support.js';

const SHA = 'a'.repeat(64);
const AT = '2026-05-01T10:00:00.000Z';
const CUTOFF = new Date('2026-01-01T00:00:00Z');

/** Raw JSON, null for absent: valid ones first, then everything that is nearly so. */
const shas = [
  `"${SHA}"`,
  null,
  'null',
  '""',
  `"${SHA.slice(1)}"`,
  `"${SHA}a"`,
  `"${SHA.toUpperCase()}"`,
  '1'.repeat(64),
  `"${SHA.slice(1)}\\n"`,
  `["${SHA}"]`,
];
const sizes = ['0', '12', '9007199254740991', null, '-1', '1.0', '1.5', '"12"', 'null'];
const times = [
  `"${AT}"`,
  '"2026-05-01T10:00:00Z"',
  '"2026-05-01T10:00:00.123456+00:00"',
  '"2025-05-01T10:00:00Z"',
  '"2999-05-01T10:00:00Z"',
  null,
  '"2026-05-01T10:00:00"',
  '"2026-05-01T10:00:00+02:00"',
  '"2026-05-01 10:00:00Z"',
  '"yesterday"',
  '"2026-05-01T10:00Z"',
  '1777629600',
];
const digests: ([path: string, at: string] | null)[] = [
  null,
  ['p', AT],
  ['other', AT],
  ['other', '2026-04-01T10:00:00.000Z'],
];

describe.each(['jsonb', 'json', 'text'])('which rows are done, with metadata as %s', (type) => {
  let table: Table;
  let rows: number;
  beforeAll(async () => {
    table = await tableOf(plainDdl(type, 'integer'));
    const all = shas.flatMap((sha) =>
      sizes.flatMap((size) =>
        times.flatMap((time) => digests.map((digest) => ({ sha, size, time, digest }))),
      ),
    );
    rows = all.length;
    const text = ({ sha, size, time }: (typeof all)[number]): string => {
      const keys = { file_sha256: sha, file_size_bytes: size, file_sha256_computed_at: time };
      const members = Object.entries(keys).flatMap(([key, raw]) => (raw === null ? [] : [`"${key}":${raw}`]));
      return `{${members.join(',')}}`;
    };
    await table.db.query(
      `insert into artifacts select o, 't', 'p', m::${type} from unnest($1::text[]) with ordinality as u(m, o)`,
      [all.map(text)],
    );
    await table.db.query(
      `insert into salvor.digests (artifact_id, path, root, size_bytes, mtime, sha256, computed_at, metadata_hash, table_name)
       select o::text, p, '/r', 1, now(), $3, a::timestamptz,
         hashtextextended((select metadata::text from artifacts where id = o), 0), 'salvor.artifacts'
       from unnest($1::text[], $2::text[]) with ordinality as u(p, a, o) where p is not null`,
      [all.map(({ digest }) => digest?.[0] ?? null), all.map(({ digest }) => digest?.[1] ?? null), SHA],
    );
  });
  afterAll(() => table[Symbol.asyncDispose]());

  it.each([undefined, CUTOFF])(
    'the database leaves out no row that the program would read (recheck %s)',
    async (recheckBefore) => {
      const { reader } = table.artifacts;
      const all = await reader.read((await reader.allKeys(undefined, 1e6, {})).keys.map((key) => key.id));
      const { keys: open } = await reader.openKeys(undefined, 1e6, { recheckBefore });
      const asked = new Set(open.map((key) => key.id));
      const judged = all
        .filter((row) => currentMarker(row, new Date(), recheckBefore) === undefined)
        .map((row) => row.id);
      expect(all).toHaveLength(rows);
      expect(judged.length).toBeGreaterThan(0);
      if (type === 'jsonb') expect([...asked].sort()).toEqual(judged.sort());
      // A text that Salvor wrote itself and that is as it left it is done by construction; the rest is for the program.
      const digested = new Set(all.filter((row) => row.digest?.path === row.path).map((row) => row.id));
      expect(judged.filter((id) => !asked.has(id) && !digested.has(id))).toEqual([]);
    },
  );

  it('counts what has a marker in the future, and selects it for the scrub, first', async () => {
    const { reader } = table.artifacts;
    const now = new Date();
    const all = await reader.read((await reader.allKeys(undefined, 1e6, {})).keys.map((key) => key.id));
    const future = all.filter((row) => standingOf(row, now).kind === 'future').map((row) => row.id);
    const [counts] = await reader.counts({});
    if (type === 'jsonb') expect(counts?.future).toBe(future.length);
    const selected = await reader.oldestDone(undefined, 1e6, { before: now });
    const first = selected.slice(
      0,
      selected.findIndex((key) => key.verifiedAt !== ''),
    );
    const unknown = new Set((type === 'jsonb' ? first : selected).map((key) => key.id));
    expect(future.filter((id) => !unknown.has(id))).toEqual([]);
    const standing = all.filter((row) => standingOf(row, now).kind !== 'open').map((row) => row.id);
    if (type === 'jsonb') expect(selected.map((key) => key.id).sort()).toEqual(standing.sort());
  });

  it('counts what it omits', async () => {
    const [counts] = await table.artifacts.reader.counts({});
    const { keys: open } = await table.artifacts.reader.openKeys(undefined, 1e6, {});
    expect(counts).toMatchObject({ type: 't', rows, done: rows - open.length });
  });
});
