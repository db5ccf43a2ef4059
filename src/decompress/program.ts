import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Damage } from '../archive/damage.js';
import type { Failure } from '../core/failure.js';
import { decoderFailed, decoderMemory } from './limits.js';

const MAX_STDERR_BYTES = 4096;

/** Environment variables with options for the programs. They are removed, so that they cannot change the decoding. */
const OPTION_VARIABLES = [
  'BZIP',
  'BZIP2',
  'GZIP',
  'XZ_DEFAULTS',
  'XZ_OPT',
  'ZSTD_CLEVEL',
  'ZSTD_NBTHREADS',
] as const;

/** Whether a program with this name is on the PATH. */
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

/** A decoder program and its arguments. */
export interface DecoderProgram {
  name: string;
  args: readonly string[];
  maxMemoryBytes: number;
}

/**
 * Pipes `source` through a program and yields its output. Ends only after the program has exited successfully. If the
 * consumer stops early, the program is killed.
 * @throws Damage if the program reports bad input; Failure `decoder.failed` or `decoder.memory` if the program was
 * killed, could not start, or lacks something
 */
export async function* throughProgram(
  program: DecoderProgram,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const child = spawn(program.name, program.args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: decoderEnvironment(process.env),
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    if (said.length < MAX_STDERR_BYTES) said += bytes.toString('latin1');
  });
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, said: error.message }));
    child.once('close', (code, signal) => resolve({ code, signal, said }));
  });
  const fed = pipeInto(source, child.stdin);
  let finished = false;
  try {
    for await (const bytes of child.stdout) yield bytes as Uint8Array;
    const [end, fault] = await Promise.all([ended, fed]);
    finished = true;
    if (fault !== undefined) throw fault;
    const problem = problemOf(program, end);
    if (problem !== undefined) throw problem;
  } finally {
    if (!finished) {
      child.kill('SIGKILL');
      await ended;
    }
  }
}

/** The environment for decoders: without variables that change their behavior, and with English messages. */
export function decoderEnvironment(from: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...from, LC_ALL: 'C' };
  for (const name of OPTION_VARIABLES) delete env[name];
  return env;
}

/** How a decoder ended. */
export interface ProgramEnd {
  /** Null if it was killed or never started. */
  code: number | null;
  signal: string | null;
  said: string;
}

/** The exit codes of the shell and of `env` for a program that cannot be run or does not exist. */
const NOT_RUN = [126, 127];
const OVER_MEMORY = /memory usage limit|too much memory|memory limit/i;
const OUT_OF_MEMORY = /cannot allocate|out of memory|not enough memory|allocation error|couldn't allocate/i;
const LACKS =
  /unsupported|not supported|dictionary mismatch|usage:|unknown option|unrecognized option|bad flag/i;
const CUT = /unexpected end|premature|truncated|ends unexpectedly|incomplete|read error.*incomplete/i;

/** Whether the archive or the host caused a decoder to fail; undefined if it succeeded. */
export function problemOf(
  program: Pick<DecoderProgram, 'name' | 'maxMemoryBytes'>,
  { code, signal, said }: ProgramEnd,
): Damage | Failure | undefined {
  if (code === 0) return undefined;
  const { name } = program;
  const words = firstLine(said);
  if (signal !== null) {
    return decoderFailed(
      `${name} was killed by ${signal}${words === '' ? '' : `: ${words}`}`,
      'check whether this host ran out of memory, then run the command again',
    );
  }
  if (code === null || NOT_RUN.includes(code)) {
    const why = words === '' ? `exit code ${code}` : words;
    return decoderFailed(`${name} could not be run: ${why}`, `check the installation of ${name}`);
  }
  if (OVER_MEMORY.test(said)) return decoderMemory(`${name}: ${words}`, program.maxMemoryBytes);
  if (OUT_OF_MEMORY.test(said)) return decoderFailed(`${name}: ${words}`, 'free memory on this host');
  if (LACKS.test(said)) {
    return decoderFailed(`${name} cannot decode this: ${words}`, `install a newer ${name}`);
  }
  const message = `${name} exited with code ${code}${words === '' ? ' and no message' : `: ${words}`}`;
  return new Damage(CUT.test(said) ? 'truncated' : 'corrupt', message);
}

/** Resolves with the error of the source, if any, to be thrown at the end of the output. */
async function pipeInto(
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

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim().slice(0, 300) ?? '';
}
