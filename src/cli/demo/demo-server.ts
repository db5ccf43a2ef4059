import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { programFile } from '../../core/program-files.js';

/**
 * Makes sure that the PostgreSQL server in `directory` stops with this process, even if this process is killed. A keeper
 * process waits for a message on a pipe or for its end. Returns a function that ends the keeper, and with it the server
 * unless another process uses it.
 */
export function keepServer(directory: string): () => Promise<void> {
  const keeper = spawn(process.execPath, [fileURLToPath(programFile('cli/demo/demo-keeper.js')), directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // It must ignore Ctrl-C and the end of the terminal.
    detached: true,
  });
  const gone = once(keeper, 'close').catch(() => undefined);
  // Writing fails if the keeper was killed.
  keeper.stdin.on('error', () => undefined);
  return async () => {
    keeper.stdin.end('done');
    await gone;
  };
}
