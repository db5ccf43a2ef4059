import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/registry/database.js';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.js';

describe('connecting', () => {
  let fresh: FreshDatabase;
  let socket: string;
  beforeAll(async () => {
    fresh = await freshDatabase();
    socket = new URL(fresh.url).searchParams.get('host') ?? '';
  });
  afterAll(() => fresh.drop());

  it('uses the first of several hosts that responds and is of the requested kind', async () => {
    const url = `postgres://salvor@127.0.0.1:1,${encodeURIComponent(socket)}:5432/${fresh.name}`;
    const db = await connect(`${url}?target_session_attrs=primary`);
    expect((await db.query<{ n: number }>('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await db.close();
    await expect(connect(`${url}?target_session_attrs=standby`)).rejects.toMatchObject({
      code: 'registry.unavailable',
      message: expect.stringContaining('no server is standby'),
    });
  });

  it('with sslmode=prefer tries TLS first, and continues without it if the server has none', async () => {
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
