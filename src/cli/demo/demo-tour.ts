import { spawn } from 'node:child_process';
import { Failure } from '../../core/failure.js';
import { StopRequest } from '../../core/stop.js';
import type { TourStep } from '../../demo/tour.js';
import type { Style } from '../terminal/style.js';
import { demoEnvironment, MAIN } from './demo-config.js';

/**
 * Runs the commands one after the other, each a process of its own, its output shown as it comes, behind the command
 * line that a person would type.
 * @throws Failure `demo.unexpected` when another fault is found than was planted; the signal's reason
 */
export async function showTour(
  steps: readonly TourStep[],
  directory: string,
  style: Style,
  signal: AbortSignal,
): Promise<void> {
  for (const { args, expected, before } of steps) {
    signal.throwIfAborted();
    if (before !== undefined) {
      console.log(style.dim(`# ${before.said}`));
      before.happens();
    }
    console.log(style.bold(`$ salvor ${args.join(' ')}`));
    const code = await run(args, directory, signal);
    signal.throwIfAborted();
    console.log(style.dim(`exit ${code}\n`));
    if (code !== expected)
      throw new Failure('demo.unexpected', `the command ended with ${code}, and ${expected} was planted`);
  }
}

/**
 * In a process group of its own: a Ctrl-C on the terminal reaches it through the demo only, once, so that it stops at
 * a safe point; a second one would end it at once.
 */
function run(args: readonly string[], directory: string, signal: AbortSignal): Promise<number> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: directory,
    env: demoEnvironment(directory),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  const pass = (): void => {
    child.kill(signal.reason instanceof StopRequest ? signal.reason.signal : 'SIGTERM');
  };
  signal.addEventListener('abort', pass, { once: true });
  return new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 3));
  }).finally(() => signal.removeEventListener('abort', pass));
}
