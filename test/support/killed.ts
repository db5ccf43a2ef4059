import type { ChildProcess } from 'node:child_process';
import { type CliResult, salvor } from './cli.js';

/** Runs the program, and kills it after `killAfterMs` unless it is faster; without a number it runs to its end. */
export async function salvorKilledAfter(args: readonly string[], killAfterMs?: number): Promise<CliResult> {
  let timer: NodeJS.Timeout | undefined;
  const started = (child: ChildProcess): void => {
    if (killAfterMs !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  };
  try {
    return await salvor(args, { started });
  } finally {
    clearTimeout(timer);
  }
}
