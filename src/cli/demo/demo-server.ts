import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programFile } from '../../core/program-files.js';

/**
 * Sees to it that the PostgreSQL server in `directory` ends with this process, even with one that is killed: by a
 * keeper, which waits at a pipe for a word or for its end. Gives what ends the keeper, and with it the server, if
 * nobody else uses it.
 */
export function keepServer(directory: string): () => Promise<void> {
  const keeper = spawn(process.execPath, [fileURLToPath(programFile('cli/demo/demo-keeper.js')), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A Ctrl-C or a terminal that goes away is not for it.
    detached: true,
  });
  const gone = once(keeper, 'close').catch(() => undefined);
  // A keeper that was killed hears nothing.
  keeper.stdin.on('error', () => undefined);
  return async () => {
    keeper.stdin.end('done');
    await gone;
  };
}
