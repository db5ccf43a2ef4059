import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { Failure } from '../core/failure.js';

/**
 * Runs tar and returns its output. It runs in its own process group, so that Ctrl-C reaches only the demo, which stops
 * between two archives.
 * @throws Failure `demo.no_tar`
 */
export async function tar(args: readonly string[]): Promise<string> {
  const child = spawn('tar', args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : `tar ended with ${code ?? signal}`));
  });
  const [printed, complained, problem] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (problem === undefined) return printed;
  throw new Failure('demo.no_tar', `the demo builds its archives with tar: ${complained.trim() || problem}`, {
    hint: 'install tar and run the demo again',
  });
}
