import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/core/failure.js';
import { connect } from '../../src/registry/database.js';
import { type Account, asAccount, chooseAccount } from '../../src/registry/embedded/os-account.js';

export const DEBIAN_PASSWORD = 'p%ss/w@rd x';

/** A server of the distribution's PostgreSQL, over TCP with a password and over a socket in its directory. */
export interface DebianPostgres {
  base: string;
  data: string;
  port: number;
  /** With the password, to database `postgres`. */
  url: string;
  /** Runs one of the distribution's programs as the server's account. */
  run(program: string, args: readonly string[]): void;
  start(): Promise<void>;
  /** As a crash: connections are cut. */
  stop(): Promise<void>;
  /** Stops it and removes everything. */
  remove(): Promise<void>;
}

/** The directory of the newest server's programs. */
export async function postgresPrograms(): Promise<string> {
  const versions = (await readdir('/usr/lib/postgresql')).map(Number).sort((a, b) => b - a);
  return join('/usr/lib/postgresql', String(versions[0]), 'bin');
}

/** Makes a server with `initdb`, or as a standby of another one with `pg_basebackup -R`; it is not started. */
export async function makeDebianPostgres(
  settings: Record<string, string> = {},
  primary?: DebianPostgres,
): Promise<DebianPostgres> {
  const base = await mkdtemp(join(tmpdir(), 'salvor-debian-pg-'));
  const account = chooseAccount(base);
  if (account.kind === 'other') await chown(base, account.uid, account.gid);
  const programs = await postgresPrograms();
  const data = join(base, 'data');
  const run = (program: string, args: readonly string[]): void =>
    runAs(account, join(programs, program), args);
  if (primary === undefined) {
    const pwfile = join(base, 'password');
    await writeFile(pwfile, DEBIAN_PASSWORD, { mode: 0o644 });
    const locale = ['--encoding=UTF8', '--locale=C.UTF-8'];
    run('initdb', ['-D', data, '-U', 'salvor', '--auth=scram-sha-256', `--pwfile=${pwfile}`, ...locale]);
  } else {
    run('pg_basebackup', ['-D', data, '-R', '-X', 'stream', '-c', 'fast', '-d', primary.url]);
  }
  const port = await freePort();
  const url = `postgres://salvor:${encodeURIComponent(DEBIAN_PASSWORD)}@127.0.0.1:${port}/postgres`;
  const all = { listen_addresses: '127.0.0.1', fsync: 'off', ...settings };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let server: ReturnType<typeof spawn> | undefined;
  const stop = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGQUIT');
    await gone;
  };
  return {
    base,
    data,
    port,
    url,
    run,
    start: async () => {
      const place = ['-D', data, '-k', base, '-p', String(port)];
      const { command, args, identity } = asAccount(account, join(programs, 'postgres'), [
        ...place,
        ...options,
      ]);
      server = spawn(command, args, { ...identity, stdio: 'ignore' });
      await untilItAnswers(url, () => server?.exitCode === null);
    },
    stop,
    remove: async () => {
      await stop();
      await rm(base, { recursive: true, force: true });
    },
  };
}

function runAs(account: Account, program: string, args: readonly string[]): void {
  const { command, args: all, identity } = asAccount(account, program, [...args]);
  execFileSync(command, all, { ...identity, stdio: 'pipe' });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The hook's own timeout ends this. */
async function untilItAnswers(url: string, isRunning: () => boolean): Promise<void> {
  for (;;) {
    const answer = await connect(url).catch((error: unknown) => error);
    if (!(answer instanceof Failure)) {
      if (answer instanceof Error) throw answer;
      return (answer as { close(): Promise<void> }).close();
    }
    if (answer.code !== 'registry.unavailable' || !isRunning()) throw answer;
    await sleep(50);
  }
}
