import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.js';
import { connect, type Database } from '../../src/registry/database.js';
import { type Account, asAccount, chooseAccount } from '../../src/registry/embedded/os-account.js';
import { openRegistry, type Registry } from '../../src/registry/registry.js';
import { findingsFollowTheModel } from '../registry/runs/findings-property.js';
import { runEnd, runStart } from '../registry/runs/support.js';

/** A PostgreSQL of the distribution, over TCP, with a password. */
const PASSWORD = 'p%ss/w@rd';
let base: string;
let url: string;
let server: ReturnType<typeof spawn>;
let opened: Registry | undefined;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'salvor-debian-pg-'));
  const account = chooseAccount(base);
  if (account.kind === 'other') await chown(base, account.uid, account.gid);
  const bin = await newestServer();
  await writeFile(join(base, 'password'), PASSWORD, { mode: account.kind === 'other' ? 0o644 : 0o600 });
  const data = join(base, 'data');
  run(account, join(bin, 'initdb'), [
    ...['-D', data, '-U', 'salvor', '--auth=scram-sha-256', `--pwfile=${join(base, 'password')}`],
    ...['--encoding=UTF8', '--locale=C.UTF-8'],
  ]);
  const port = await freePort();
  const args = [
    '-D',
    data,
    '-k',
    base,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
  ];
  const { command, args: all, identity } = asAccount(account, join(bin, 'postgres'), args);
  server = spawn(command, all, { ...identity, stdio: 'ignore' });
  url = `postgres://salvor:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`;
  await untilItAnswers();
  opened = await openRegistry(url, { migrate: 'always' });
});

afterAll(async () => {
  await opened?.close();
  const gone = once(server, 'exit');
  server.kill('SIGINT');
  await gone;
  await rm(base, { recursive: true, force: true });
});

/** The hook's own timeout ends this. */
async function untilItAnswers(): Promise<void> {
  for (;;) {
    const answer = await connect(url).catch((error: unknown) => error);
    if (!(answer instanceof Failure)) return (answer as Database).close();
    if (answer.code !== 'registry.unavailable' || server.exitCode !== null) throw answer;
    await sleep(50);
  }
}

function theRegistry(): Registry {
  if (opened === undefined) throw new Error('the registry was not opened');
  return opened;
}

async function newestServer(): Promise<string> {
  const versions = (await readdir('/usr/lib/postgresql')).map(Number).sort((a, b) => b - a);
  return join('/usr/lib/postgresql', String(versions[0]), 'bin');
}

function run(account: Account, program: string, args: string[]): void {
  const { command, args: all, identity } = asAccount(account, program, args);
  execFileSync(command, all, { ...identity, stdio: 'pipe' });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe("the distribution's PostgreSQL", () => {
  it('keeps runs and locks like the embedded one', async () => {
    const registry = theRegistry();
    const run = await registry.runs.begin(runStart());
    await expect(registry.runs.begin(runStart())).rejects.toMatchObject({ code: 'run.locked', exitCode: 4 });
    await run.finish(runEnd());
    expect(await registry.runs.get(run.id)).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(await registry.runs.closeDead()).toEqual([]);
  });

  it('keeps findings and baselines as the model says', async () => {
    await findingsFollowTheModel(theRegistry(), 25);
  });

  it('refuses a wrong password, which is not shown', async () => {
    const wrong = url.replace(encodeURIComponent(PASSWORD), 'wr0ng');
    const error = await connect(wrong).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'registry.denied' });
    expect(String(error)).not.toContain('wr0ng');
  });

  it('reports that it has no TLS if TLS is required', async () => {
    await expect(connect(`${url}?sslmode=require`)).rejects.toMatchObject({ code: 'registry.tls' });
  });
});
