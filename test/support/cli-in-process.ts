import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Program from '../../src/cli/program.js';

const cli = join(import.meta.dirname, '../../dist/cli');

/** The part of the bundle that `main.js` loads once its guard is there. */
function programFile(): string {
  const found = /import\("([^"]+)"\)/.exec(readFileSync(join(cli, 'main.js'), 'utf8'))?.[1];
  if (found === undefined) throw new Error('dist/cli/main.js loads no program');
  return join(cli, found);
}

export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

export type RunProgram = typeof Program.runProgram;
type Write = typeof process.stdout.write;

/**
 * Runs the built program in this process, which takes some ten milliseconds where a process of its own takes half a
 * second. For tests that run many commands one after the other; never two at once, as what a command prints is
 * caught by taking the place of `process.stdout.write`. The environment is this process's.
 */
export async function salvorHere(args: readonly string[], program?: RunProgram): Promise<Answer> {
  const runProgram = program ?? ((await import(programFile())) as typeof Program).runProgram;
  const before = process.exitCode;
  process.exitCode = undefined;
  const stdout = caught(process.stdout);
  const stderr = caught(process.stderr);
  try {
    const code = await runProgram(['node', 'salvor', ...args]);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdout.release();
    stderr.release();
    process.exitCode = before;
  }
}

function caught(stream: NodeJS.WriteStream): { text(): string; release(): void } {
  const write = stream.write;
  let text = '';
  stream.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') queueMicrotask(() => callback());
    return true;
  }) as Write;
  return {
    text: () => text,
    release: () => {
      stream.write = write;
    },
  };
}
