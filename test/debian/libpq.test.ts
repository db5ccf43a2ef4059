import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { salvor } from '../support/cli.js';
import {
  DEBIAN_PASSWORD,
  type DebianPostgres,
  makeDebianPostgres,
  postgresPrograms,
} from '../support/debian-postgres.js';

/**
 * Connection strings against a real server with TLS, by libpq's own `psql` and by Salvor: both connect, or both refuse.
 * A string that Salvor does not support is in `strings.test.ts`.
 */
let secure: DebianPostgres;
let plain: DebianPostgres;
let home: string;
let psql: string;
const ENV = { PATH: process.env.PATH ?? '', PGCONNECT_TIMEOUT: '5' };

beforeAll(async () => {
  psql = join(await postgresPrograms(), 'psql');
  home = mkdtempSync(join(tmpdir(), 'salvor-libpq-home-'));
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: home, stdio: 'pipe' });
  const days = ['-days', '2', '-nodes', '-newkey', 'rsa:2048'];
  for (const ca of ['ca', 'other']) {
    openssl('req', '-x509', ...days, '-subj', `/CN=${ca}`, '-keyout', `${ca}.key`, '-out', `${ca}.crt`);
  }
  openssl('req', ...days, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
  writeFileSync(join(home, 'san'), 'subjectAltName=DNS:localhost');
  const sign = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san'];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.crt', ...sign);
  chmodSync(home, 0o755);

  secure = await makeDebianPostgres({ ssl: 'on' });
  const { uid, gid } = statSync(secure.data);
  for (const file of ['server.key', 'server.crt']) {
    copyFileSync(join(home, file), join(secure.data, file));
    chmodSync(join(secure.data, file), 0o600);
    chownSync(join(secure.data, file), uid, gid);
  }
  writeFileSync(
    join(secure.data, 'pg_hba.conf'),
    'local all all scram-sha-256\nhostssl all all 0.0.0.0/0 scram-sha-256\n',
  );
  plain = await makeDebianPostgres();
  await secure.start();
  await plain.start();

  const line = (port: number): string => `*:${port}:*:salvor:${DEBIAN_PASSWORD}\n`;
  writeFileSync(join(home, 'pgpass'), line(secure.port) + line(plain.port), { mode: 0o600 });
  writeFileSync(join(home, 'open'), line(secure.port), { mode: 0o644 });
  writeFileSync(
    join(home, 'services'),
    `[lab]\nhost=localhost\nport=${secure.port}\nuser=salvor\ndbname=postgres\nsslmode=verify-full\nsslrootcert=${home}/ca.crt\n`,
  );
});
afterAll(async () => {
  await secure.remove();
  await plain.remove();
  rmSync(home, { recursive: true, force: true });
});

/** `S` is the server with TLS, `P` the one without; `HOME` the directory with the certificates. */
function filled(text: string): string {
  return text
    .replaceAll('{S}', String(secure.port))
    .replaceAll('{P}', String(plain.port))
    .replaceAll('{HOME}', home)
    .replaceAll('{SOCKET}', secure.base)
    .replaceAll('{PASSWORD}', encodeURIComponent(DEBIAN_PASSWORD));
}

function withEnvironment<T>(env: Record<string, string>, work: () => T): T {
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  const restore = (): void => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  const result = work();
  restore();
  return result;
}

const PASSFILE = { PGPASSFILE: '{HOME}/pgpass' };

describe("Salvor and libpq's psql agree on", () => {
  it.each<[string, boolean, Record<string, string>?]>([
    ['postgres://salvor@localhost:{S}/postgres', true, PASSFILE],
    ['postgres://salvor@localhost:{P}/postgres', true, PASSFILE],
    ['postgres://salvor@localhost:{S}/postgres?sslmode=disable', false, PASSFILE],
    ['postgres://salvor@localhost:{S}/postgres?sslmode=allow', true, PASSFILE],
    ['postgres://salvor@localhost:{P}/postgres?sslmode=allow', true, PASSFILE],
    ['postgres://salvor@localhost:{P}/postgres?sslmode=require', false, PASSFILE],
    ['postgres://salvor@localhost:{S}/postgres?sslmode=require', true, PASSFILE],
    [
      'postgres://salvor@localhost:{S}/postgres?sslmode=require&sslrootcert={HOME}/other.crt',
      false,
      PASSFILE,
    ],
    ['postgres://salvor@localhost:{S}/postgres?sslmode=verify-ca&sslrootcert={HOME}/ca.crt', true, PASSFILE],
    ['postgres://salvor@127.0.0.1:{S}/postgres?sslmode=verify-ca&sslrootcert={HOME}/ca.crt', true, PASSFILE],
    [
      'postgres://salvor@localhost:{S}/postgres?sslmode=verify-ca&sslrootcert={HOME}/other.crt',
      false,
      PASSFILE,
    ],
    [
      'postgres://salvor@localhost:{S}/postgres?sslmode=verify-full&sslrootcert={HOME}/ca.crt',
      true,
      PASSFILE,
    ],
    [
      'postgres://salvor@127.0.0.1:{S}/postgres?sslmode=verify-full&sslrootcert={HOME}/ca.crt',
      false,
      PASSFILE,
    ],
    [
      'host=localhost hostaddr=127.0.0.1 port={S} user=salvor dbname=postgres sslmode=verify-full sslrootcert={HOME}/ca.crt',
      true,
      PASSFILE,
    ],
    ['postgres://salvor@localhost:{S}/postgres?channel_binding=require', true, PASSFILE],
    ['postgres://salvor@localhost:{P}/postgres?channel_binding=require', false, PASSFILE],
    ['postgres://salvor@localhost:{S}/postgres', false, { PGPASSFILE: '{HOME}/open' }],
    ['postgres://salvor@localhost:{S}/postgres', false, { PGPASSFILE: '{HOME}/none' }],
    ['postgres://salvor:wrong@localhost:{S}/postgres', false, PASSFILE],
    ['postgres://salvor:{PASSWORD}@localhost:{S}/postgres', true, { PGPASSFILE: '{HOME}/none' }],
    ["host=localhost port={S} user=salvor dbname=postgres password='p%ss/w@rd x'", true],
    ['host={SOCKET} port={S} user=salvor dbname=postgres', true, PASSFILE],
    ['postgres:///postgres?host={SOCKET}&port={S}&user=salvor', true, PASSFILE],
    ['service=lab', true, { ...PASSFILE, PGSERVICEFILE: '{HOME}/services' }],
    ['postgres://', true, { ...PASSFILE, PGSERVICEFILE: '{HOME}/services', PGSERVICE: 'lab' }],
    ['postgres://localhost:{P}?service=lab', false, { ...PASSFILE, PGSERVICEFILE: '{HOME}/services' }],
    ['service=none', false, { ...PASSFILE, PGSERVICEFILE: '{HOME}/services' }],
    ['postgres://salvor@localhost:1,localhost:{S}/postgres', true, PASSFILE],
    ['postgres://salvor@localhost:1,localhost:{S}/postgres?target_session_attrs=read-write', true, PASSFILE],
    ['postgres://salvor@localhost:{P},localhost:{S}/postgres?target_session_attrs=standby', false, PASSFILE],
    ['postgres://salvor@localhost:{P}/postgres?target_session_attrs=prefer-standby', true, PASSFILE],
    ['postgres://salvor@localhost:{S}/none', false, PASSFILE],
    ['postgres://salvor@localhost:{S}/postgres?options=-c%20search_path%3Dpg_catalog', true, PASSFILE],
    ['postgres://salvor@localhost:{S}/postgres?options=-c%20nonsense', false, PASSFILE],
    ['postgres://salvor@localhost:{S}/postgres?ssl_max_protocol_version=TLSv1.2', true, PASSFILE],
  ])('%s: %s', async (template, works, extra = {}) => {
    const env = Object.fromEntries(Object.entries(extra).map(([name, value]) => [name, filled(value)]));
    const text = filled(template);
    const { status } = spawnSync(psql, ['-d', text, '-w', '-Xqc', 'select 1'], {
      env: { ...ENV, HOME: '/nonexistent', ...env },
    });
    expect(status === 0).toBe(works);
    const answer = await withEnvironment({ HOME: '/nonexistent', ...env }, () => connect(text)).then(
      async (db) => {
        await db.close();
        return 'connected';
      },
      (error: unknown) => error,
    );
    if (works) expect(answer).toBe('connected');
    else
      expect(answer).toMatchObject({ code: expect.stringMatching(/^registry\./), hint: expect.any(String) });
  });
});

it('libpq settings for the session take effect', async () => {
  const db = await connect(
    `${secure.url}?options=-c%20work_mem%3D5MB&application_name=mine&sslmode=require&channel_binding=require`,
  );
  const { rows } = await db.query(
    "select current_setting('work_mem') as mem, current_setting('application_name') as name, (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as ssl",
  );
  await db.close();
  expect(rows).toEqual([{ mem: '5MB', name: 'mine', ssl: true }]);
});

it('a password file that others may read is named when the login fails, and no connection stays open', async () => {
  const { code, stdout, stderr } = await salvor(
    ['runs', 'list', '--json', '--registry', `postgres://salvor@localhost:${secure.port}/postgres`],
    { env: { PGPASSFILE: join(home, 'open') }, ownProcess: true },
  );
  expect(code).toBe(3);
  expect(JSON.parse(stdout).error).toMatchObject({
    code: 'registry.denied',
    hint: expect.stringMatching(/open was not used: other users may read it.*chmod 600/),
  });
  expect(stderr).not.toMatch(/WARNING|deprecat/i);
});

describe('channel_binding=require', () => {
  let impostor: Server;
  const seen: Buffer[] = [];
  afterAll(() => impostor.close());

  it('no password is sent to a server in the middle that requests it in plain text', async () => {
    impostor = createServer((client) => {
      client.on('error', () => undefined);
      client.on('data', (data) => {
        seen.push(data);
        // An SSLRequest is answered with no; a startup message with the request for a password in the clear.
        if (data.readInt32BE(4) === 80877103) client.write('N');
        else client.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
      });
    });
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
    const address = impostor.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(
      connect(`postgres://u:s3cret@127.0.0.1:${port}/d?channel_binding=require&sslmode=prefer`),
    ).rejects.toMatchObject({
      code: 'registry.tls',
      message: expect.stringContaining('channel_binding=require'),
    });
    expect(Buffer.concat(seen).toString('latin1')).not.toContain('s3cret');
  });
});
