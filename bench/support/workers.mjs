import { spawn } from 'node:child_process';
import { once } from 'node:events';

export const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

/** A `salvor worker` that has said its first word. `nodeFlags`: for node itself, before the program. */
export async function startWorker(config, { env = process.env, nodeFlags = [] } = {}) {
  const child = spawn(process.execPath, [...nodeFlags, main, 'worker', '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(child.stderr, 'data');
  return child;
}

/** Comes back when it is gone. */
export async function stopWorker(child) {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
