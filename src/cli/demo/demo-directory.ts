import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, usageFailure } from '../../core/failure.js';
import { isServed } from '../../registry/embedded/postmaster.js';
import { openEmbedded } from '../../registry/embedded/server.js';
import { tryStartLock } from '../../registry/embedded/start-lock.js';

/** Only a directory with this file in it is ever wiped. */
const MARKER = '.salvor-demo';
/** Held by the demo that runs here; names its process. The next demo breaks the lock of one that was killed. */
const LOCK = 'in-use.lock';
/** What an earlier demo started may end its work; its commands take a second or two. */
const LEFTOVERS_MS = 20_000;
const POLL_MS = 100;

/** A directory that is one demo's own until it is released. */
export interface DemoDirectory {
  path: string;
  registry: string;
  release(): Promise<void>;
}

/**
 * Takes a directory for a demo, and empties it of an earlier one that has ended, however it ended.
 * @throws Failure `usage.invalid` for a directory with anything else in it, `demo.in_use` (exit 4)
 */
export async function claimDemoDirectory(path: string): Promise<DemoDirectory> {
  const directory = resolve(path);
  refuseStrange(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Somebody else may have been quicker in a directory where everybody may write. What is ours there stays ours.
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

/** A link is refused whatever it leads to: whoever made it could turn it to another directory, to be wiped. */
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

/** A server that is still up has users: commands that run on the world, or the last work of a demo that was killed. */
async function endServer(directory: string, registry: string): Promise<void> {
  const deadline = Date.now() + LEFTOVERS_MS;
  while (await isServed(registry)) {
    if (Date.now() > deadline) throw inUse(directory, 'by commands that run on its registry');
    // Its last user stops it: who comes and goes is the last, unless there is another.
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
