import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import { dataPath, spawnFailure } from './cluster.js';
import { type Account, asAccount } from './os-account.js';
import { mayServe } from './process-identity.js';
import { putAway } from './remove-if-unchanged.js';
import { logPath, logSince, prepareLog, startFailure } from './server-log.js';
import { SOCKET_PORT } from './socket-directory.js';

/** What PostgreSQL writes into postmaster.pid (miscadmin.h, LOCK_FILE_LINE_*). */
interface PostmasterFile {
  pid: number;
  ready: boolean;
}

const POLL_MS = 20;

/**
 * A modest server for one small database. Settings of postgresql.conf that are not among these stay the operator's.
 * Shared memory is in files of the data directory: /dev/shm is missing or tiny in many containers.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '200',
  shared_buffers: '64MB',
  dynamic_shared_memory_type: 'mmap',
  huge_pages: 'off',
  max_wal_senders: '0',
  wal_level: 'minimal',
  jit: 'off',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] ',
};

export interface PostmasterSetup {
  directory: string;
  socketDirectory: string;
  binaries: Binaries;
  account: Account;
  env: NodeJS.ProcessEnv;
  settings: Readonly<Record<string, string>>;
}

/** Undefined when no server runs here, or when the one whose file it is was killed. */
export async function readPostmaster(directory: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(dataPath(directory), 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, ready: (lines[7] ?? '').trim() === 'ready' };
}

/** Whether a server runs or starts in this data directory. */
export async function isServed(directory: string): Promise<boolean> {
  const found = await readPostmaster(directory);
  return found !== undefined && mayServe(found.pid, dataPath(directory));
}

/**
 * Puts away what a killed server left, where its process number now belongs to a stranger, or to a process that is
 * dead and not yet buried: PostgreSQL would take those for a server for ever. The rest it sees to itself.
 */
async function clearLeavings(setup: PostmasterSetup): Promise<void> {
  const data = dataPath(setup.directory);
  const socketLock = join(setup.socketDirectory, `.s.PGSQL.${SOCKET_PORT}.lock`);
  for (const path of [join(data, 'postmaster.pid'), socketLock]) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined && !mayServe(Number.parseInt(text, 10), data)) await putAway(path, text);
  }
}

/**
 * Starts the server and waits until it takes connections. It outlives this process and its terminal.
 * `raced`: another server has the directory, or the memory of a killed one is still in use; look again.
 * @throws Failure with the cause that the log gives
 */
export async function startPostmaster(setup: PostmasterSetup): Promise<'ready' | 'raced'> {
  const { directory, account } = setup;
  await clearLeavings(setup);
  const from = await prepareLog(directory);
  const { command, args, identity } = asAccount(account, setup.binaries.postgres, argumentsOf(setup));
  const log = await open(logPath(directory), 'a', 0o600);
  let ended: string | undefined;
  let broken: Error | undefined;
  try {
    const stdio = ['ignore', log.fd, log.fd] as const;
    const child = spawn(command, args, {
      ...identity,
      cwd: directory,
      env: setup.env,
      detached: true,
      stdio: [...stdio],
    });
    child.on('error', (error) => {
      broken = error;
    });
    child.on('exit', (code, signal) => {
      ended = signal === null ? `the server ended with ${code}` : `the server was ended by ${signal}`;
    });
    child.unref();
    while (broken === undefined && ended === undefined) {
      const found = await readPostmaster(directory);
      if (found?.ready && found.pid === child.pid) return 'ready';
      await sleep(POLL_MS);
    }
  } finally {
    await log.close();
  }
  if (broken !== undefined) throw spawnFailure(broken);
  const said = await logSince(directory, from);
  if (/lock file "postmaster\.pid" already exists|pre-existing shared memory block/.test(said))
    return 'raced';
  throw startFailure(directory, ended ?? 'the server did not start', said);
}

function argumentsOf(setup: PostmasterSetup): string[] {
  const settings = { ...SETTINGS, ...setup.settings };
  const switches = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const place = ['-D', dataPath(setup.directory), '-k', setup.socketDirectory, '-p', String(SOCKET_PORT)];
  return [...place, ...switches];
}
