import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { candidatesOf } from '../../src/registry/connection-string.js';
import { connect } from '../../src/registry/database.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

const NO_HOME = { HOME: '/nonexistent' };

describe('a url is read as libpq reads it', () => {
  it.each([
    ['postgres://u@h/d', ['postgres://u@h/d']],
    [
      'postgres://u@h/d?sslmode=prefer',
      ['postgres://u@h/d?sslmode=require', 'postgres://u@h/d?sslmode=disable'],
    ],
    [
      'postgres://u@h/d?sslmode=allow',
      ['postgres://u@h/d?sslmode=disable', 'postgres://u@h/d?sslmode=require'],
    ],
    ['postgres://u@h/d?sslmode=verify-full', ['postgres://u@h/d?sslmode=verify-full']],
    ['postgres://u@%2Frun/d?sslmode=prefer', ['postgres://u@%2Frun/d?sslmode=disable']],
    ['postgres://u@a:1,b:2/d?target_session_attrs=read-write', ['postgres://u@a:1/d', 'postgres://u@b:2/d']],
    ['postgres://u@/d?host=a,b&port=1,2', ['postgres://u@a:1/d', 'postgres://u@b:2/d']],
  ])('%s', (url, strings) => {
    expect(candidatesOf(url, NO_HOME).strings).toEqual(strings);
  });

  it.each([
    ['postgres://u@h/d?service=x', /pg_service\.conf/],
    ['postgres:///?service=x', /pg_service\.conf/],
    ['postgres://u@h/d?target_session_attrs=best', /target_session_attrs=best/],
  ])('%s is refused with the reason', (url, message) => {
    expect(() => candidatesOf(url, NO_HOME)).toThrowError(
      expect.objectContaining({ code: 'registry.bad_url', message: expect.stringMatching(message) }),
    );
  });
});

describe('the password file', () => {
  const base = mkdtempSync(join(tmpdir(), 'salvor-pgpass-'));
  const file = join(base, 'pgpass');
  const env = { ...NO_HOME, PGPASSFILE: file };
  beforeAll(() => {
    writeFileSync(file, '# comment\nh:5432:d:other:no\n*:*:d:u:p\\:w\\\\d\nlocalhost:*:*:s:sock\n', {
      mode: 0o600,
    });
  });
  afterAll(() => rmSync(base, { recursive: true }));

  it.each([
    ['postgres://u@h/d', 'postgres://u:p%3Aw%5Cd@h/d'],
    ['postgres://u:own@h/d', 'postgres://u:own@h/d'],
    ['postgres://x@h/d', 'postgres://x@h/d'],
    ['postgres://s@%2Frun/any', 'postgres://s:sock@%2Frun/any'],
  ])('%s', (url, expected) => {
    expect(candidatesOf(url, env).strings).toEqual([expected]);
  });

  it('that others may read is not used', () => {
    chmodSync(file, 0o644);
    expect(candidatesOf('postgres://u@h/d', env).strings).toEqual(['postgres://u@h/d']);
    chmodSync(file, 0o600);
  });
});

describe('connecting', () => {
  let fresh: FreshDatabase;
  let socket: string;
  beforeAll(async () => {
    fresh = await freshDatabase();
    socket = new URL(fresh.url).searchParams.get('host') ?? '';
  });
  afterAll(() => fresh.drop());

  it('takes the first of several hosts that answers and is of the kind asked for', async () => {
    const url = `postgres://salvor@127.0.0.1:1,${encodeURIComponent(socket)}:5432/${fresh.name}`;
    const db = await connect(`${url}?target_session_attrs=primary`);
    expect((await db.query<{ n: number }>('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await db.close();
    await expect(connect(`${url}?target_session_attrs=standby`)).rejects.toMatchObject({
      code: 'registry.unavailable',
      message: expect.stringContaining('no server is standby'),
    });
  });

  it('with sslmode=prefer asks for TLS first, and does without where the server has none', async () => {
    let asked = 0;
    const plain = createServer((client) =>
      client.once('data', (data) => {
        // The code of an SSLRequest: 80877103.
        asked += data.length === 8 && data.readInt32BE(4) === 80877103 ? 1 : 0;
        client.end('N');
      }),
    );
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const address = plain.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(connect(`postgres://u@127.0.0.1:${port}/d?sslmode=prefer`)).rejects.toThrow();
    expect(asked).toBe(1);
    plain.close();
    const db = await connect(`${fresh.url}&sslmode=prefer`);
    await db.close();
  });
});
