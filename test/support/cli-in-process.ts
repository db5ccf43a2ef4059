import { existsSync, readFileSync } from 'node:fs';
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

/** The process as the program is to see it: variables, working directory. */
interface Surroundings {
  env: Record<string, string>;
  cwd: string;
}

let isRunning = false;

/** Whether a command runs in this process; then no other can. */
export function isBusy(): boolean {
  return isRunning;
}

/**
 * Runs the built program in this process, which takes some ten milliseconds where a process of its own takes half a
 * second. For tests that run many commands one after the other; never two at once, as what a command prints is
 * caught by taking the place of `process.stdout.write`. Without `surroundings` it sees those of this process.
 */
export async function salvorHere(
  args: readonly string[],
  { program, surroundings }: { program?: RunProgram | undefined; surroundings?: Surroundings } = {},
): Promise<Answer> {
  if (isRunning) throw new Error('two commands at once in one process');
  isRunning = true;
  const restore = surroundings === undefined ? () => undefined : placed(surroundings, args);
  const before = process.exitCode;
  process.exitCode = undefined;
  const stdout = caught(process.stdout);
  const stderr = caught(process.stderr);
  try {
    const runProgram = program ?? ((await import(programFile())) as typeof Program).runProgram;
    const code = await runProgram(['node', 'salvor', ...args]);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    stdout.release();
    stderr.release();
    process.exitCode = before;
    restore();
    isRunning = false;
  }
}

/** Gives this process other variables, arguments and another working directory; returns what puts them back. */
function placed({ env, cwd }: Surroundings, args: readonly string[]): () => void {
  const before = { env: { ...process.env }, argv: process.argv, cwd: process.cwd() };
  const variables = (values: NodeJS.ProcessEnv): void => {
    for (const name of Object.keys(process.env)) if (!(name in values)) delete process.env[name];
    Object.assign(process.env, values);
  };
  variables(env);
  process.argv = [process.execPath, join(cli, 'main.js'), ...args];
  process.chdir(cwd);
  return () => {
    variables(before.env);
    process.argv = before.argv;
    // The test may have removed the directory that it came from.
    process.chdir(existsSync(before.cwd) ? before.cwd : '/');
  };
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
