import { spawn } from 'node:child_process';
import { once } from 'node:events';

export const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;

/** Starts a `salvor worker` and waits for its first output. `nodeFlags` are flags for node itself. */
export async function startWorker(config, { env = process.env, nodeFlags = [] } = {}) {
  const child = spawn(process.execPath, [...nodeFlags, main, 'worker', '--config', config], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(child.stderr, 'data');
  return child;
}

/** Resolves when the process has exited. */
export async function stopWorker(child) {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
