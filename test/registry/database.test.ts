import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase({ empty: true });
  database = await connect(fresh.url);
  await database.query('create table public.counter (id integer primary key, n integer not null)');
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const failureOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('values', () => {
  it('are returned exactly: exact numbers, UTC instants, dates without a zone as text', async () => {
    const { rows } = await database.query(`select 7::bigint as small, 9007199254740993::bigint as large,
      '2026-01-02 03:04:05.678+02'::timestamptz as instant, date '2026-01-02' as day,
      timestamp '2026-01-02 03:04:05' as zoneless, current_setting('TimeZone') as zone`);
    expect(rows).toEqual([
      {
        small: 7,
        large: '9007199254740993',
        instant: new Date('2026-01-02T01:04:05.678Z'),
        day: '2026-01-02',
        zoneless: '2026-01-02 03:04:05',
        zone: 'UTC',
      },
    ]);
  });

  it('of sessions are set consistently, and read-only on request', async () => {
    const readOnly = await connect(fresh.url, {
      readOnly: true,
      applicationName: 'test reader',
      statementTimeoutMs: 1234,
      lockTimeoutMs: 567,
    });
    const settings = `select current_setting('application_name') as name,
      current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`;
    const expected = [{ name: 'test reader', statement: '1234ms', lock: '567ms' }];
    expect((await readOnly.query(settings)).rows).toEqual(expected);
    const session = await readOnly.session();
    expect((await session.query(settings)).rows).toEqual(expected);
    for (const queries of [readOnly, session]) {
      await expect(queries.query('create table public.no ()')).rejects.toMatchObject({
        code: 'registry.read_only',
      });
    }
    await session.close();
    await readOnly.close();
  });
});

describe('defaults of a role or a server', () => {
  it('that would end sessions and transactions, or change what they see, have no effect', async () => {
    const strict = await freshDatabase({ empty: true });
    const admin = await connect(strict.url);
    for (const setting of [
      "idle_session_timeout = '60s'",
      "transaction_timeout = '60s'",
      "default_transaction_isolation = 'serializable'",
    ])
      await admin.query(`alter database ${strict.name} set ${setting}`);
    await admin.close();
    const db = await connect(strict.url);
    const { rows } = await db.query(
      "select current_setting('transaction_timeout') as timeout, current_setting('transaction_isolation') as isolation",
    );
    expect(rows).toEqual([{ timeout: '0', isolation: 'read committed' }]);

    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const session = await db.session();
      const lastQuery = async (): Promise<number> => {
        const activity =
          'select (extract(epoch from query_start) * 1000000)::bigint as at from pg_stat_activity where pid = $1';
        const { rows: found } = await db.query<{ at: number }>(activity, [session.backendPid]);
        return Number(found[0]?.at ?? 0);
      };
      const before = await lastQuery();
      vi.advanceTimersByTime(20_000);
      await expect.poll(lastQuery).toBeGreaterThan(before);
      await session.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
      await db.close();
      await strict.drop();
    }
  });
});

describe('a transaction', () => {
  it('is retried after a serialization failure, so that no increment is lost', async () => {
    await database.query('insert into public.counter values (1, 0)');
    let attempts = 0;
    let reads = 0;
    const increment = () =>
      database.transaction(
        async (tx) => {
          attempts += 1;
          const isFirst = attempts <= 2;
          const { rows } = await tx.query<{ n: number }>('select n from public.counter where id = 1');
          reads += 1;
          // Both read before either writes, so one of them has an outdated value.
          if (isFirst) await expect.poll(() => reads).toBeGreaterThanOrEqual(2);
          await tx.query('update public.counter set n = $1 where id = 1', [(rows[0]?.n ?? 0) + 1]);
        },
        { isolation: 'repeatable read' },
      );
    await Promise.all([increment(), increment()]);
    expect((await database.query('select n from public.counter where id = 1')).rows).toEqual([{ n: 2 }]);
    expect(attempts).toBe(3);
  });

  it('is retried after a deadlock', async () => {
    await database.query('insert into public.counter values (2, 0), (3, 0)');
    let waiting = 0;
    const both = (first: number, second: number) =>
      database.transaction(async (tx) => {
        await tx.query('update public.counter set n = n + 1 where id = $1', [first]);
        waiting += 1;
        // Only the first two attempts meet: each holds what the other wants.
        if (waiting <= 2) await expect.poll(() => waiting).toBeGreaterThanOrEqual(2);
        await tx.query('update public.counter set n = n + 1 where id = $1', [second]);
      });
    await Promise.all([both(2, 3), both(3, 2)]);
    expect((await database.query('select n from public.counter where id in (2, 3)')).rows).toEqual([
      { n: 2 },
      { n: 2 },
    ]);
    expect(waiting).toBe(3);
  });

  it('that fails leaves nothing, and its connection is used again', async () => {
    const single = await connect(fresh.url, { maxConnections: 1 });
    const failing = single.transaction(async (tx) => {
      await tx.query('insert into public.counter values (4, 0)');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await single.query('select from public.counter where id = 4')).rowCount).toBe(0);
    await single.close();
  });

  it('in which an error was swallowed does not count as committed', async () => {
    const swallowing = database.transaction(async (tx) => {
      await tx.query('insert into public.counter values (5, 0)');
      await tx.query('select * from public.nothing').catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow(/swallowed/);
    expect((await database.query('select from public.counter where id = 5')).rowCount).toBe(0);
  });

  it('of a session blocks its other statements', async () => {
    const session = await database.session();
    const order: string[] = [];
    const transaction = session.transaction(async (tx) => {
      await tx.query('select pg_sleep(0.05)');
      order.push('transaction');
    });
    const statement = session.query('select 1').then(() => order.push('statement'));
    await Promise.all([transaction, statement]);
    expect(order).toEqual(['transaction', 'statement']);
    await session.close();
    expect(session.lost.aborted).toBe(false);
  });
});

describe('what goes wrong', () => {
  it.each([
    ['select * from public.nothing', 'registry.missing_table'],
    ['select * from nowhere.nothing', 'registry.missing_table'],
    ['select nothing from public.counter', 'registry.missing_column'],
    ["select set_config('statement_timeout', '10', false), pg_sleep(5)", 'registry.timeout'],
  ])('%s is %s', async (statement, code) => {
    const own = await connect(fresh.url, { maxConnections: 1, statementTimeoutMs: 200 });
    expect(await failureOf(own.query(statement))).toMatchObject({
      code,
      exitCode: 3,
      hint: expect.any(String),
    });
    await own.close();
  });

  it('because of a bug is not reported as a fault of the environment', async () => {
    const error = await failureOf(database.query('selekt'));
    expect(error).toMatchObject({ name: 'error', code: '42601' });
  });

  it('in a login or a name has a code', async () => {
    const wrongDatabase = fresh.url.replace(fresh.name, 'no_such_database');
    expect(await failureOf(connect(wrongDatabase))).toMatchObject({ code: 'registry.missing_database' });
    const wrongUser = fresh.url.replace('salvor@', 'nobody_here@');
    expect(await failureOf(connect(wrongUser))).toMatchObject({ code: 'registry.denied' });
  });

  it('in reaching the server has a code, and never shows the password', async () => {
    const urls = [
      'postgres://u:s3cret@127.0.0.1:1/db',
      'postgres://u:s3cret@no-such-host.invalid/db',
      'postgres://u@127.0.0.1:1/db?password=s3cret',
      'postgres://u:s3cret@localhost/db?host=/nonexistent/socket',
    ];
    for (const url of urls) {
      const error = await failureOf(connect(url));
      expect(error).toMatchObject({ code: 'registry.unavailable', exitCode: 3 });
      expect(String(error)).not.toContain('s3cret');
      expect(String(error)).toContain('postgres://u@');
    }
  });

  it('in a url is a usage failure that does not repeat it', async () => {
    for (const url of [
      'postgres://u:s3cr/et@host/db',
      'mysql://u:s3cret@host/db',
      'embedded:',
      's3cret',
      'postgres://u:s3cret@h:port/db',
    ]) {
      const error = await failureOf(connect(url));
      expect(error).toMatchObject({ code: 'registry.bad_url', exitCode: 2 });
      expect(JSON.stringify(error) + String(error)).not.toContain('s3cr');
    }
  });

  it('with a connection that the server ends for being idle is no failure: another one is used', async () => {
    // Sequences do not go back with a transaction, so the second and later calls are answered.
    await database.query(`create sequence asked; create function ended_twice() returns bigint language plpgsql as $$
      declare n bigint := nextval('asked'); begin
        if n < 3 then raise exception using errcode = '57P05', message = 'idle'; end if; return n; end $$`);
    expect((await database.query('select ended_twice() as n')).rows).toEqual([{ n: 3 }]);
    await database.query("select setval('asked', 1, false)");
    expect(await database.transaction((tx) => tx.query('select ended_twice() as n'))).toMatchObject({
      rows: [{ n: 3 }],
    });
    await expect(
      database.query("do $$ begin raise exception using errcode = '57P05', message = 'idle'; end $$"),
    ).rejects.toMatchObject({
      code: 'registry.unavailable',
      message: expect.stringContaining('idle_session_timeout'),
    });
  });

  it('in TLS has a code', async () => {
    const plain = createServer((socket) => socket.once('data', () => socket.end('N')));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const address = plain.address();
    const port = typeof address === 'object' ? address?.port : 0;
    expect(await failureOf(connect(`postgres://u@127.0.0.1:${port}/db?sslmode=require`))).toMatchObject({
      code: 'registry.tls',
    });
    plain.close();
  });

  it('with a server that never responds ends with a timeout', async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const attempt = connect(`postgres://u@127.0.0.1:${port}/db`, { connectTimeoutMs: 100 });
    expect(await failureOf(attempt)).toMatchObject({ code: 'registry.unavailable' });
    mute.close();
  });

  it('with the connection during a statement is a failure, and the next statement gets a new one', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query('select 1');
      await fresh.terminateSessions();
      await tx.query('select 1');
    });
    expect(await failureOf(work)).toMatchObject({ code: 'registry.unavailable' });
    expect((await database.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });
});
