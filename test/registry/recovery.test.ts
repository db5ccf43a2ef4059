import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { PostgresRecoveryLedger } from '../../src/registry/recovery/recovery-ledger.js';
import { openRecovery, type PostgresRecoveryReader } from '../../src/registry/recovery/recovery-reader.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

const TABLE = { table: 'things', columns: { id: 'key', type: 'kind', path: 'place', metadata: 'meta' } };

let fresh: FreshDatabase;
let database: Database;
let reader: PostgresRecoveryReader;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await connect(fresh.url);
  await database.query(
    'create table things (key bigint primary key, kind text, place text, meta text, created_at timestamptz)',
  );
  await database.query(`insert into things select n, case when n % 3 = 0 then 'model' else 'dataset' end, 'p' || n,
    '{"file_sha256":  "' || repeat('a', 63) || (n % 10) || '"}', timestamptz '2026-01-01' from generate_series(1, 2500) n`);
  reader = await openRecovery(database, TABLE);
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

describe('what recovery reads', () => {
  it('every row of the requested types, once, in pages, whatever the ids are', async () => {
    const ids: string[] = [];
    for await (const page of reader.rows(['dataset'])) ids.push(...page.map((row) => row.id));
    expect(ids).toHaveLength(1667);
    expect(new Set(ids).size).toBe(1667);
    expect(ids.slice(0, 3)).toEqual(['1', '2', '4']);
  });

  it('a table without titles is still read, with its dates', async () => {
    for await (const page of reader.rows(['model'])) {
      expect(page[0]).toMatchObject({
        id: '3',
        title: null,
        path: 'p3',
        createdAt: new Date('2026-01-01T00:00:00Z'),
      });
      break;
    }
  });

  it('owners by path and by recorded digest, also where metadata is text', async () => {
    const byPath = await reader.owners(['p7'], []);
    expect(byPath.map((one) => one.id)).toEqual(['7']);
    expect(await reader.owners([], [`${'a'.repeat(63)}7`])).toHaveLength(250);
    expect(await reader.owners([], [])).toEqual([]);
  });

  it('references come from a read-only query with a timeout and a row limit', async () => {
    const limits = { timeoutMs: 2000, maxRows: 3 };
    const found = await reader.references(
      `select key as artifact_id, place as at, kind as by from things where key <= 3
       union all select key, 'o', 'an older one' from things where key <= 3 -- the end`,
      limits,
    );
    expect([...found].sort()).toEqual([
      ['1', { at: 'p1', by: 'dataset' }],
      ['2', { at: 'p2', by: 'dataset' }],
      ['3', { at: 'p3', by: 'model' }],
    ]);
    // More artifacts than the limit: no answer is better than some of it.
    await expect(
      reader.references('select key as artifact_id, place as at, kind as by from things', limits),
    ).rejects.toMatchObject({ code: 'references.failed' });
    await expect(
      reader.references(`select 1 as artifact_id, pg_sleep(30) as at, 1 as by`, { ...limits, timeoutMs: 50 }),
    ).rejects.toThrow();
    const before = await database.query('select count(*)::int as n from things');
    await expect(
      reader.references('delete from things returning key as artifact_id', limits),
    ).rejects.toThrow();
    await expect(
      reader.references(
        'select 1 as artifact_id, 1 as at, 1 as by) as r; delete from things; select * from (select 1',
        limits,
      ),
    ).rejects.toThrow();
    expect((await database.query('select count(*)::int as n from things')).rows).toEqual(before.rows);
  });
});

describe('what recovery remembers', () => {
  it('decisions in order, including names that jsonb cannot store', async () => {
    const ledger = new PostgresRecoveryLedger(database, 'salvor.things');
    const base = { artifactId: '7', actor: 'p', note: null };
    await ledger.decide({
      ...base,
      decision: 'accept',
      cid: 'abcdef012345',
      detail: { member: 'nul \0 lone \udc80' },
    });
    await ledger.decide({ ...base, decision: 'reject', cid: null, detail: { candidates: [] } });
    const decisions = await reader.decisions(['7', '8']);
    expect(decisions.map((one) => [one.decision, one.cid])).toEqual([
      ['accept', 'abcdef012345'],
      ['reject', null],
    ]);
    await expect(ledger.decide({ ...base, decision: 'accept', cid: null, detail: {} })).rejects.toThrow();
  });

  it('nothing that was withdrawn, for this artifact; later decisions count', async () => {
    const ledger = new PostgresRecoveryLedger(database, 'salvor.things');
    const base = { actor: 'p', note: null, detail: {} };
    const of = async () =>
      (await reader.decisions(['70', '80'])).map((one) => `${one.artifactId} ${one.decision}`);
    expect(await ledger.withdraw({ artifactId: '70', actor: 'p', note: null })).toBe(false);
    for (const artifactId of ['70', '80'])
      await ledger.decide({ ...base, artifactId, decision: 'accept', cid: 'abcdef012345' });
    await ledger.decide({ ...base, artifactId: '70', decision: 'reject', cid: null });
    expect(await ledger.withdraw({ artifactId: '70', actor: 'q', note: 'a mistake' })).toBe(true);
    expect(await of()).toEqual(['80 accept']);
    expect(await ledger.withdraw({ artifactId: '70', actor: 'q', note: null })).toBe(false);
    await ledger.decide({ ...base, artifactId: '70', decision: 'reject', cid: 'abcdef012345' });
    expect(await of()).toEqual(['80 accept', '70 reject']);
    await ledger.decide({ ...base, artifactId: '70', decision: 'unrecoverable', cid: null });
    expect(await ledger.withdraw({ artifactId: '70', actor: 'q', note: null })).toBe(false);
    const { rows } = await database.query('select actor, note from salvor.decisions where decision = $1', [
      'withdraw',
    ]);
    expect(rows).toEqual([{ actor: 'q', note: 'a mistake' }]);
  });

  it('rows of a plan replace those of their types', async () => {
    const ledger = new PostgresRecoveryLedger(database, 'salvor.things');
    const row = (id: string, type: string) => ({
      artifactId: id,
      artifactType: type,
      status: 'residual',
      row: '{"id": 1}',
    });
    const plan = '0a50d24e-7a65-4d0c-9b52-3a3b8e1c1d11';
    await ledger.remember(null, plan, ['dataset', 'model'], [row('1', 'dataset'), row('3', 'model')]);
    await ledger.remember(null, plan, ['dataset'], [row('2', 'dataset')]);
    const { rows } = await database.query('select artifact_id as id from salvor.recovery_rows order by 1');
    expect(rows).toEqual([{ id: '2' }, { id: '3' }]);
  });

  it('100,000 rows of a plan are remembered in batches, whole or not at all', async () => {
    const plan = '0a50d24e-7a65-4d0c-9b52-3a3b8e1c1d11';
    let largest = 0;
    const counting = new Proxy(database, {
      get: (target, key) =>
        key !== 'transaction'
          ? Reflect.get(target, key, target)
          : (work: Parameters<Database['transaction']>[0]) =>
              target.transaction((tx) =>
                work({
                  query: (sql: string, values?: readonly unknown[]) => {
                    for (const one of values ?? [])
                      if (Array.isArray(one)) largest = Math.max(largest, one.length);
                    return tx.query(sql, values as unknown[]);
                  },
                } as typeof tx),
              ),
    });
    const rows = function* (count: number, end?: Error) {
      for (let i = 0; i < count; i += 1)
        yield { artifactId: `r${i}`, artifactType: 'dataset', status: 'residual', row: '{}' };
      if (end !== undefined) throw end;
    };
    const count = async () =>
      Number(
        (
          await database.query<{ n: string }>(
            "select count(*) as n from salvor.recovery_rows where artifact_type = 'dataset'",
          )
        ).rows[0]?.n,
      );
    const ledger = new PostgresRecoveryLedger(counting as Database, 'salvor.things');
    await ledger.remember(null, plan, ['dataset'], rows(100_000));
    expect(await count()).toBe(100_000);
    expect(largest).toBeLessThanOrEqual(1000);
    await expect(ledger.remember(null, plan, ['dataset'], rows(1500, new Error('broken')))).rejects.toThrow(
      'broken',
    );
    expect(await count()).toBe(100_000);
  });

  it('of another table with the same ids shares no decisions and no rows of plans', async () => {
    const ours = new PostgresRecoveryLedger(database, 'salvor.things');
    const theirs = new PostgresRecoveryLedger(database, 'other.things');
    const one = { artifactId: '900', decision: 'reject', cid: null, detail: {}, note: null } as const;
    await theirs.decide({ ...one, actor: 'q' });
    expect(await reader.decisions(['900'])).toEqual([]);
    expect(await ours.withdraw({ artifactId: '900', actor: 'p', note: null })).toBe(false);
    await ours.decide({ ...one, actor: 'p' }, { page: null });
    expect((await reader.decisions(['900'])).map(({ actor }) => actor)).toEqual(['p']);
    const plan = '0a50d24e-7a65-4d0c-9b52-3a3b8e1c1d11';
    const row = { artifactId: '900', artifactType: 'dataset', status: 'residual', row: '{}' };
    await theirs.remember(null, plan, ['dataset'], [row]);
    await ours.remember(null, plan, ['dataset'], [row]);
    const { rows } = await database.query(
      "select table_name from salvor.recovery_rows where artifact_id = '900' order by 1",
    );
    expect(rows).toEqual([{ table_name: 'other.things' }, { table_name: 'salvor.things' }]);
  });
});
