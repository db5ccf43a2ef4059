import { spawn } from 'node:child_process';
import { Failure } from '../../core/failure.js';
import { StopRequest } from '../../core/stop.js';
import type { TourStep } from '../../demo/tour.js';
import type { Style } from '../terminal/style.js';
import { demoEnvironment, MAIN } from './demo-config.js';

/**
 * Runs the commands one after the other, each a process of its own. Before its output: what it is for, and the command
 * line that a person would type.
 * @throws Failure `demo.unexpected` when another fault is found than was planted; the signal's reason
 */
export async function showTour(
  steps: readonly TourStep[],
  directory: string,
  style: Style,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, { why, args, expected, before }] of steps.entries()) {
    signal.throwIfAborted();
    before?.();
    console.log(style.dim(`# Step ${index + 1} of ${steps.length}. ${why}`));
    console.log(style.bold(`$ salvor ${args.join(' ')}`));
    const code = await run(args, directory, signal);
    signal.throwIfAborted();
    console.log(style.dim(`exit ${code}\n`));
    if (code !== expected)
      throw new Failure(
        'demo.unexpected',
        `the command ended with exit code ${code}, but ${expected} was expected`,
      );
  }
}

/**
 * In a process group of its own: a Ctrl-C on the terminal reaches it through the demo only, once, so that it stops at
 * a safe point; a second one would end it at once.
 */
function run(args: readonly string[], directory: string, signal: AbortSignal): Promise<number> {
  // Quiet: warnings that come while it runs are in its result too.
  const child = spawn(process.execPath, [MAIN, ...args, '--quiet'], {
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
