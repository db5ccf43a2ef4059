import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ArtifactRow, DigestEntry } from '../../src/registry/artifacts/artifacts-port.js';
import { PostgresJournal } from '../../src/registry/journal/journal.js';
import { undoJournal } from '../../src/registry/journal/undo.js';
import { caseCount } from '../support/property-runs.js';
import { changeOf, plainDdl, type Table, tableOf } from './artifacts-support.js';

const KEYS = ['file_sha256', 'file_size_bytes', 'file_sha256_computed_at', 'other', 'n"x'];

/** Raw JSON as another program may have written it. */
const raw = fc.oneof(
  fc.constantFrom(
    '12345678901234567890',
    '1.0',
    '1e3',
    'null',
    'true',
    '"\\u00e9"',
    '{"b": 1.50, "a": [ ]}',
    '""',
  ),
  fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value).replaceAll('\\u0000', '')),
);
const document = fc.option(
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...KEYS, 'k1', 'k2'), raw, fc.constantFrom('', ' ', '\n  ')), {
      selector: ([key]) => key,
    })
    .map(
      (members) =>
        `{${members.map(([key, value, gap]) => `${gap}${JSON.stringify(key)}:${gap}${value}`).join(',')}}`,
    ),
);
/** Jobs set keys; only taking back takes away, so only that must find the place again where a key stood in a text. */
const change = fc.dictionary(fc.constantFrom(...KEYS), raw, { minKeys: 1, noNullPrototype: true });

const DIGEST: DigestEntry = {
  path: 'p',
  root: '/r',
  sizeBytes: 1,
  mtimeUs: 1_700_000_000_123_456n,
  sha256: 'a'.repeat(64),
  computedAt: '2026-05-01T10:00:00.000Z',
};

describe.each(['jsonb', 'json', 'text'])('undoing changes of metadata kept as %s', (type) => {
  let table: Table;
  let journal: PostgresJournal;
  // One database per test, so that a failing test cannot affect the others.
  beforeEach(async () => {
    table = await tableOf(plainDdl(type));
    journal = new PostgresJournal(table.db);
  });
  afterEach(() => table[Symbol.asyncDispose]());

  const text = async (): Promise<unknown> =>
    (await table.db.query('select file_path, metadata::text as m from artifacts order by id')).rows;
  const read = async (id: string): Promise<ArtifactRow | undefined> =>
    (await table.artifacts.reader.read([id], { keys: KEYS, whole: true }))[0];
  const undo = (target: Parameters<typeof undoJournal>[0]['target'], runId = randomUUID()) => {
    const refused: string[] = [];
    const ports = {
      runs: { isRunning: async () => false },
      journal,
      artifacts: table.artifacts.reader,
      writer: table.artifacts.writer(),
      onRefused: (finding: { message: string }) => refused.push(finding.message),
      signal: new AbortController().signal,
    };
    return undoJournal({ target, runId, actor: 'tester', reason: null }, ports).then((summary) => ({
      summary,
      refused,
    }));
  };

  it('restores every byte, whatever it was and however often it was changed; undoing the undo brings the change back', async () => {
    await fc.assert(
      fc.asyncProperty(
        document,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (metadata, changes) => {
          await table.db.query('truncate artifacts');
          await table.db.query(`insert into artifacts values ('1', 't', 'p', $1), ('2', 't', 'p', '{}')`, [
            metadata,
          ]);
          const before = await text();
          const runId = randomUUID();
          const writer = table.artifacts.writer();
          for (const [i, keys] of changes.entries()) {
            const row = await read('1');
            const note = { action: 'test', runId, actor: 'tester', reason: null };
            const moved = i === 1 ? { path: null } : {};
            const made = changeOf(row, { keys, note, digest: DIGEST, ...moved });
            expect(await writer.commit({ changes: [made], held: [] })).toEqual(new Set(['1']));
          }
          const after = await text();
          const undone = randomUUID();
          expect((await undo({ runId }, undone)).refused).toEqual([]);
          expect(await text()).toEqual(before);
          expect((await undo({ runId: undone })).refused).toEqual([]);
          expect(normal(await text())).toEqual(normal(after));
          await table.db.query('truncate salvor.digests');
        },
      ),
      { numRuns: caseCount(40) },
    );
  });

  it('refuses, row by row, what was changed since, and says why', async () => {
    await table.db.query(
      `insert into artifacts select i::text, 't', 'p', '{"a":1}' from generate_series(1, 6) i`,
    );
    const runId = randomUUID();
    const rows = await table.artifacts.reader.read(['1', '2', '3', '4', '5', '6'], { keys: KEYS });
    const note = { action: 'test', runId, actor: 'tester', reason: null };
    await table.artifacts.writer().commit({
      changes: rows.map((row) => changeOf(row, { keys: { other: '"mine"' }, path: 'q', note })),
      held: [],
    });
    await table.db.query(`update artifacts set metadata = '{"a":1,"other":"theirs"}' where id = '2'`);
    await table.db.query(`update artifacts set file_path = 'r' where id = '3'`);
    await table.db.query(`delete from artifacts where id = '4'`);
    await table.db.query(`update artifacts set metadata = '[]' where id = '5'`);
    await table.db.query(
      `update artifacts set metadata = '{"other": "mine", "new": 12345678901234567890}' where id = '6'`,
    );
    const { summary, refused } = await undo({ runId });
    expect(summary).toEqual({ entries: 6, undone: 2, refused: 4, already_undone: 0 });
    expect(refused.map((message) => message.replace(/^.*be undone: /, '')).sort()).toEqual([
      'its file_path was changed since',
      expect.stringMatching(/^its metadata was changed since: it is an? (JSON )?array, not an object$/),
      'its metadata.other was changed since',
      'the row is gone',
    ]);
    const { rows: left } = await table.db.query<{ id: string; file_path: string; m: string }>(
      `select id, file_path, metadata::text as m from artifacts where id in ('1', '6') order by id`,
    );
    expect(left.map((row) => [row.file_path, row.m.replace(/ /g, '')])).toEqual([
      ['p', '{"a":1}'],
      ['p', '{"new":12345678901234567890}'],
    ]);
    expect((await undo({ runId })).summary).toEqual({ entries: 6, undone: 0, refused: 4, already_undone: 2 });
  });

  const changedRows = async (count: number): Promise<string> => {
    await table.db.query(
      `insert into artifacts select i::text, 't', 'p', '{"a":1}' from generate_series(1, $1::int) i`,
      [count],
    );
    const runId = randomUUID();
    const ids = Array.from({ length: count }, (_, i) => String(i + 1));
    const rows = await table.artifacts.reader.read(ids, { keys: KEYS });
    const note = { action: 'test', runId, actor: 'tester', reason: null };
    const changes = rows.map((row) => changeOf(row, { keys: { other: '"mine"' }, note }));
    await table.artifacts.writer().commit({ changes, held: [] });
    return runId;
  };

  it('refuses the row that the database refuses, and undoes the others', async () => {
    const runId = await changedRows(5);
    await table.db.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'row 3 is frozen'; end $$`);
    await table.db.query(`create trigger frozen before update on artifacts for each row
      when (old.id = '3') execute function refuse()`);
    const { summary, refused } = await undo({ runId });
    await table.db.query('drop function refuse cascade');
    expect(summary).toEqual({ entries: 5, undone: 4, refused: 1, already_undone: 0 });
    expect(refused).toEqual([expect.stringContaining('of 3 cannot be undone: the database refuses')]);
  });

  it('by several at once undoes each entry once, and the others report that', async () => {
    const runId = await changedRows(20);
    const all = await Promise.all(Array.from({ length: 4 }, () => undo({ runId })));
    const sum = (of: (one: (typeof all)[number]['summary']) => number) =>
      all.reduce((total, { summary }) => total + of(summary), 0);
    expect(sum(({ undone }) => undone)).toBe(20);
    expect(sum(({ entries, refused, already_undone }) => entries - refused - already_undone)).toBe(20);
    expect(
      await table.db.query(
        `select count(*)::int as n from salvor.journal where undoes is not null
      and artifact_id in (select id from artifacts) and at > now() - interval '1 day' and run_id is not null
      and undoes in (select id from salvor.journal where run_id = $1)`,
        [runId],
      ),
    ).toMatchObject({ rows: [{ n: 20 }] });
  });
});

describe('the journal', () => {
  it('removes what is known about the file together with a digest, and keeps it with any other key', async () => {
    await using table = await tableOf(plainDdl());
    await table.db.query(`insert into artifacts values ('1', 't', 'p', '{}'), ('2', 't', 'p', '{}')`);
    const rows = await table.artifacts.reader.read(['1', '2'], { keys: KEYS });
    const keys = [{ file_sha256: '"x"' }, { other: '1' }];
    const runId = randomUUID();
    const note = { action: 'test', runId, actor: 'tester', reason: null };
    await table.artifacts.writer().commit({
      changes: rows.map((row, i) => changeOf(row, { keys: keys[i] ?? {}, note, digest: DIGEST })),
      held: [],
    });
    const [known] = await table.artifacts.reader.read(['2']);
    expect(known?.digest).toMatchObject(DIGEST);
    await undoJournal(
      { target: { runId }, runId: null, actor: 'tester', reason: null },
      {
        runs: { isRunning: async () => false },
        journal: new PostgresJournal(table.db),
        artifacts: table.artifacts.reader,
        writer: table.artifacts.writer(),
        onRefused: () => undefined,
        signal: new AbortController().signal,
      },
    );
    const after = await table.artifacts.reader.read(['1', '2']);
    expect(after.map((row) => row.digest)).toMatchObject([null, DIGEST]);
  });

  it('cannot be altered, and an entry is undone at most once', async () => {
    await using table = await tableOf(plainDdl());
    await table.db.query(`insert into artifacts values ('1', 't', 'p', '{}')`);
    const [row] = await table.artifacts.reader.read(['1'], { keys: ['k'] });
    await table.artifacts.writer().commit({ changes: [changeOf(row, { keys: { k: '1' } })], held: [] });
    for (const sql of [
      'update salvor.journal set actor = 1',
      'delete from salvor.journal',
      'truncate salvor.journal cascade',
    ]) {
      await expect(table.db.query(sql)).rejects.toThrow('append-only');
    }
    const journal = new PostgresJournal(table.db);
    const [entry] = await journal.log({});
    const ports = {
      runs: { isRunning: async () => false },
      journal,
      artifacts: table.artifacts.reader,
      writer: table.artifacts.writer(),
      onRefused: () => undefined,
      signal: new AbortController().signal,
    };
    const options = { target: { entryId: entry?.id ?? '' }, runId: null, actor: 'tester', reason: 'because' };
    expect(await undoJournal(options, ports)).toMatchObject({ undone: 1 });
    expect(await undoJournal(options, ports)).toMatchObject({ undone: 0, refused: 1 });
    expect(await journal.log({})).toMatchObject([
      {
        action: 'undo',
        reason: 'because',
        undoes: entry?.id,
        before: '{"metadata":{"k":1}}',
        after: '{"metadata":{}}',
      },
      {
        action: 'test',
        undoneBy: expect.any(String),
        before: '{"metadata":{}}',
        after: '{"metadata":{"k":1}}',
      },
    ]);
    await expect(undoJournal({ ...options, target: { entryId: '999' } }, ports)).rejects.toMatchObject({
      code: 'journal.unknown',
    });
  });
});

/** White space, and the order of keys, are only exact on the way back. */
function normal(rows: unknown): unknown {
  return JSON.parse(JSON.stringify(rows), (key, value) =>
    key === 'm' && typeof value === 'string'
      ? Object.entries(JSON.parse(value)).sort(([a], [b]) => (a < b ? -1 : 1))
      : value,
  );
}
