import { spawn } from 'node:child_process';
import { Failure } from '../../core/failure.js';
import { StopRequest } from '../../core/stop.js';
import type { TourStep } from '../../demo/tour.js';
import { fitLines } from '../terminal/fit-lines.js';
import type { Style } from '../terminal/style.js';
import { demoEnvironment, MAIN } from './demo-config.js';

/**
 * Runs the commands one after another, each in its own process. Before each output it prints the purpose of the command
 * and the command line.
 * @throws Failure `demo.unexpected` if a command does not find the planted fault; the reason of the signal
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
    console.log(fitLines(style.dim(`# Step ${index + 1} of ${steps.length}. ${why}`), style.columns));
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
 * Runs in its own process group, so that a Ctrl-C reaches it only once, through the demo, and it stops at a safe point; a
 * second signal would end it immediately.
 */
function run(args: readonly string[], directory: string, signal: AbortSignal): Promise<number> {
  // Quiet, because warnings during the run are in the result, too.
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
