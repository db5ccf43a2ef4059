import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, chown, lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.js';
import { type Binaries, unsupported } from './binaries.js';
import { type Account, asAccount } from './os-account.js';
import { isAlive } from './process-identity.js';
import { startFailure } from './server-log.js';

/** PostgreSQL's data directory. It has this name only once it is complete. */
export function dataPath(directory: string): string {
  return join(directory, 'data');
}

const OURS =
  /^(?:data|data\.new-.*|postgres\.log.*|start\.lock.*|socket-directory.*|server-host|lib|\.s\.PGSQL\..*)$/;

/**
 * Makes the registry's own directory, readable to its owner only.
 * @throws Failure `registry.embedded_directory` for one that holds somebody's files
 */
export async function prepareDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const strange = (await readdir(directory)).filter((name) => !OURS.test(name));
  if (strange.length > 0) {
    throw new Failure(
      'registry.embedded_directory',
      `${directory} contains other files (${strange.slice(0, 3).join(', ')}), so it cannot be used for a registry`,
      { hint: 'name a directory of its own: embedded:/some/new/directory', exitCode: 2 },
    );
  }
  await chmod(directory, 0o700);
}

/** The environment of PostgreSQL's programs: nothing of ours but the search path. */
export function programEnvironment(libraries: string | undefined): NodeJS.ProcessEnv {
  const path = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  return libraries === undefined
    ? path
    : { ...path, LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries };
}

/**
 * Sees to it that there is a data directory of our version. It is made under another name and renamed when it is
 * complete, so a killed `initdb` leaves nothing that could be taken for one, and of two that race one wins.
 */
export async function ensureCluster(
  directory: string,
  binaries: Binaries,
  account: Account,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await dropHalfDone(directory);
  const version = await readFile(join(dataPath(directory), 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version !== undefined) {
    checkVersion(directory, version.trim(), binaries.major);
    return;
  }
  await requireFree(directory);
  const draft = join(directory, `data.new-${process.pid}-${randomUUID().slice(0, 8)}`);
  try {
    if (account.kind === 'other') await chown(directory, account.uid, account.gid);
    await initdb(directory, draft, { binaries, account, env });
    await rename(draft, dataPath(directory)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    await syncDirectory(directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** @throws Failure `registry.embedded_directory` where the data directory's place is taken by something else */
async function requireFree(directory: string): Promise<void> {
  const there = await lstat(dataPath(directory)).catch(() => undefined);
  // Another process may have completed it meanwhile.
  if (await lstat(join(dataPath(directory), 'PG_VERSION')).catch(() => undefined)) return;
  if (there === undefined || (there.isDirectory() && (await readdir(dataPath(directory))).length === 0))
    return;
  const what = there.isDirectory() ? "a directory without PostgreSQL's PG_VERSION" : 'no directory';
  throw new Failure('registry.embedded_directory', `${dataPath(directory)} is ${what}`, {
    hint: `move ${dataPath(directory)} away, or name another directory: embedded:/some/new/directory`,
  });
}

function checkVersion(directory: string, found: string, ours: number): void {
  if (found === String(ours)) return;
  throw new Failure(
    'registry.embedded_version',
    `${dataPath(directory)} was made by PostgreSQL ${found}, and this salvor brings ${ours}`,
    {
      hint: `run the salvor that made it, or move the data over with pg_dump ${found} and psql into a new directory`,
    },
  );
}

async function dropHalfDone(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = /^data\.new-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && isAlive(Number(pid)))) continue;
    if (Number(pid) === process.pid) continue;
    // An orphaned initdb may still be writing there; then the next start removes it.
    await rm(join(directory, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function initdb(
  directory: string,
  draft: string,
  { binaries, account, env }: { binaries: Binaries; account: Account; env: NodeJS.ProcessEnv },
): Promise<void> {
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const args = [
    '-D',
    draft,
    '-U',
    'salvor',
    '--auth=trust',
    '--encoding=UTF8',
    ...locale,
    '--no-instructions',
  ];
  const { command, args: all, identity } = asAccount(account, binaries.initdb, args);
  const child = spawn(command, all, { ...identity, cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-16_384);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(spawnFailure(error)));
    child.on('close', resolve);
  });
  if (status !== 0) throw startFailure(directory, 'the database could not be created', output);
}

/** A program that is there and yet is not found lacks its loader: another C library than it was built for. */
export function spawnFailure(error: NodeJS.ErrnoException): Failure {
  if (error.code !== 'EACCES' && error.code !== 'EPERM') {
    return unsupported(`its programs cannot be run (${error.message}; is the C library glibc?)`, error);
  }
  return new Failure('registry.denied', `PostgreSQL's programs cannot be run: ${error.message}`, {
    hint: 'let the account that the server runs as reach the directory in which salvor is installed',
    cause: error,
  });
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
