import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Damage } from '../archive/damage.js';

const MAX_STDERR_BYTES = 4096;

/** Whether a program of that name is on the PATH. */
export function hasProgram(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return directory !== '';
    } catch {
      return false;
    }
  });
}

/**
 * Pipes `source` through a program and gives its output. Ends only when the program ended well; what it says on
 * stderr is in the Damage otherwise. A consumer that stops early ends the program.
 * @throws Damage
 */
export async function* throughProgram(
  name: string,
  args: readonly string[],
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    if (said.length < MAX_STDERR_BYTES) said += bytes.toString('latin1');
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`${name} could not be run: ${error.message}`));
    child.once('close', (code, signal) => {
      resolve(code === 0 ? undefined : `${name} ended with ${signal ?? code}: ${lastLine(said)}`);
    });
  });
  const fed = feed(source, child.stdin);
  let finished = false;
  try {
    for await (const bytes of child.stdout) yield bytes as Uint8Array;
    const [problem, fault] = await Promise.all([ended, fed]);
    finished = true;
    if (fault !== undefined) throw fault;
    if (problem !== undefined) throw new Damage(damageKind(problem), problem);
  } finally {
    if (!finished) {
      child.kill('SIGKILL');
      await ended;
    }
  }
}

/** Resolves with what the source threw: it is thrown again where the output ends. */
async function feed(
  source: AsyncIterable<Uint8Array>,
  stdin: NodeJS.WritableStream,
): Promise<Error | undefined> {
  let closed = false;
  stdin.on('error', () => {
    closed = true;
  });
  stdin.on('close', () => {
    closed = true;
  });
  try {
    for await (const bytes of source) {
      if (closed) return undefined;
      await new Promise<void>((resolve) => stdin.write(bytes, () => resolve()));
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    stdin.end();
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}

function damageKind(problem: string): 'truncated' | 'corrupt' {
  return /unexpected end|premature|truncated|ends unexpectedly|incomplete/i.test(problem)
    ? 'truncated'
    : 'corrupt';
}
