import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, usageFailure } from '../../core/failure.js';
import { isServed } from '../../registry/embedded/postmaster.js';
import { openEmbedded } from '../../registry/embedded/server.js';
import { tryStartLock } from '../../registry/embedded/start-lock.js';

/** Only a directory that contains this file is ever emptied. */
const MARKER = '.salvor-demo';
/** Lock of the demo that runs here, with its process id. The next demo breaks the lock of a killed demo. */
const LOCK = 'in-use.lock';
/** Time for commands of an earlier demo to finish; they take a second or two. */
const LEFTOVERS_MS = 20_000;
const POLL_MS = 100;

/** A directory that belongs to one demo until it is released. */
export interface DemoDirectory {
  path: string;
  registry: string;
  release(): Promise<void>;
}

/**
 * Locks a directory for a demo, and deletes the data of an earlier demo that has ended in any way.
 * @throws Failure `usage.invalid` for a directory with anything else in it, `demo.in_use` (exit 4)
 */
export async function claimDemoDirectory(path: string): Promise<DemoDirectory> {
  const directory = resolve(path);
  refuseStrange(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Another account may have created it first in a world-writable directory. An existing directory of ours is safe.
  refuseStrange(directory);
  writeFileSync(join(directory, MARKER), '');
  const lock = join(directory, LOCK);
  const release = await tryStartLock(lock);
  if (release === undefined) throw inUse(directory, `by process ${holderOf(lock)}`);
  try {
    const registry = join(directory, 'registry');
    await endServer(directory, registry);
    const old = readdirSync(directory).filter((name) => name !== MARKER && !name.startsWith(LOCK));
    for (const name of old) rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 3 });
    return { path: directory, registry, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Rejects links: the owner of a link could redirect it to another directory, which would be emptied. */
function refuseStrange(directory: string): void {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return;
  const foreign = process.getuid !== undefined && found.uid !== process.getuid();
  if (!foreign && found.isDirectory()) {
    const names = readdirSync(directory);
    if (names.length === 0 || names.includes(MARKER)) return;
  }
  const what = foreign ? 'belongs to another account' : 'exists and was not created by a demo';
  throw usageFailure('usage.invalid', `${directory} ${what}`, 'choose a new directory with --dir');
}

/** Waits until the server has stopped: commands, or the rest of a killed demo, may still use it. */
async function endServer(directory: string, registry: string): Promise<void> {
  const deadline = Date.now() + LEFTOVERS_MS;
  while (await isServed(registry)) {
    if (Date.now() > deadline) throw inUse(directory, 'by commands that run on its registry');
    // The last user stops the server, so connecting and disconnecting stops it unless another process uses it.
    await (await openEmbedded(registry)).close();
    await sleep(POLL_MS);
  }
}

function holderOf(lock: string): string {
  try {
    return String((JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid);
  } catch {
    return 'unknown';
  }
}

function inUse(directory: string, who: string): Failure {
  return new Failure('demo.in_use', `the demo in ${directory} is in use ${who}`, {
    hint: 'stop it, or choose another directory with --dir',
    exitCode: 4,
  });
}
