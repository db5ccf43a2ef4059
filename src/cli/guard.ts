import { fstatSync, readFileSync, statSync, writeSync } from 'node:fs';

// This file imports nothing from Salvor and no package, so it works even if everything else fails to load.

/** Why the program could not be loaded or continue, if the host or the installation is at fault. */
export interface HostTrouble {
  code: 'host.exhausted' | 'host.installation' | 'output.failed';
  message: string;
  hint: string;
}

const EXHAUSTED: Readonly<Record<string, string>> = {
  EMFILE: 'raise the limit of open files (`ulimit -n`, LimitNOFILE= of the unit)',
  ENFILE: 'the system has too many open files: stop the programs that hold them, or raise fs.file-max',
  ENOMEM: 'free memory, or raise the memory limit of the unit',
  EAGAIN: 'raise the limit of processes (`ulimit -u`, TasksMax= of the unit)',
  ENOSPC: 'free space on the disk',
  EDQUOT: 'free space within the quota of this account',
};

const NOT_LOADED: ReadonlySet<string> = new Set([
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
  'ERR_INVALID_PACKAGE_CONFIG',
  'ERR_DLOPEN_FAILED',
]);

/** The host or installation problem behind an error of the system or the module loader; undefined for other errors. */
export function hostTrouble(thrown: unknown): HostTrouble | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { code } = thrown as NodeJS.ErrnoException;
  const reason = thrown.message.split('\n')[0] ?? '';
  const exhausted = code === undefined ? undefined : EXHAUSTED[code];
  if (exhausted !== undefined) {
    return { code: 'host.exhausted', message: `the host refused: ${reason}`, hint: exhausted };
  }
  if ((code !== undefined && NOT_LOADED.has(code)) || thrown instanceof SyntaxError) {
    return {
      code: 'host.installation',
      message: `a part of the installation cannot be loaded: ${reason}`,
      hint: 'install salvor again as its README describes; in a clone, run `npm ci`',
    };
  }
  return undefined;
}

/** Exit codes with which the process may end without a result of the program: a refusal, a lock, a signal. */
const UNANSWERED: ReadonlySet<number> = new Set([2, 3, 4, 130, 143]);

let isAnswered = false;
let stdoutError: Error | undefined;

/**
 * Must run before anything else is imported. From then on only `answer` can end the process with 0 or 1. An uncaught
 * exception, a missing module, an empty event loop, or a result that could not be written to stdout is exit 3 with one
 * line on stderr. Node's defaults (a stack trace and exit 1, or nothing and exit 0) would look like a finished run.
 */
export function guardProcess(): void {
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  process.on('exit', (code) => {
    if (isAnswered && (code === 0 || code === 1) && stdoutError !== undefined) {
      tell(
        'output.failed',
        `could not write the result to stdout: ${stdoutError.message}`,
        'run it again with an output that stays open and has enough space',
      );
      process.exitCode = 3;
    }
    if (!isAnswered && !UNANSWERED.has(code)) {
      tell(
        'internal.error',
        `the program ended without a result (${code})`,
        'this is a bug in salvor; please report the command',
      );
      process.exitCode = 3;
    }
  });
  // The write callback reports a closed reader; without a listener the error would be an uncaught exception.
  process.stdout.on('error', (error) => {
    stdoutError = error;
  });
  if (isStdoutClosed()) process.stdout.write = refuse;
  process.stderr.on('error', () => undefined);
}

/** Fails like a write to a closed file. Node has opened /dev/null in place of a closed stdout, so real writes succeed. */
function refuse(
  text: string | Uint8Array,
  encoding?: BufferEncoding | ((error?: Error | null) => void),
  done?: (error?: Error | null) => void,
): boolean {
  const callback = typeof encoding === 'function' ? encoding : done;
  const error = text.length === 0 ? null : new Error('stdout is closed');
  if (error !== null) stdoutError ??= error;
  callback?.(error);
  return true;
}

/** Ends the process with the program's exit code. Open sockets and servers do not keep it alive. */
export function answer(code: number): never {
  isAnswered = true;
  process.exit(code);
}

/** Prints one line on stderr and ends with exit 3, or with the failure's own exit code (but never 1). */
export function die(thrown: unknown): never {
  const failure = described(thrown);
  tell(failure.code, failure.message, failure.hint);
  if (process.argv.includes('--verbose') && thrown instanceof Error) write(`${thrown.stack}\n`);
  process.exit(failure.exitCode);
}

function tell(code: string, message: string, hint: string): void {
  write(`salvor: ${code}: ${printable(message)}\n  hint: ${printable(hint)}\n`);
}

function write(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // stderr is closed too; only the exit code can report the failure.
  }
}

function described(thrown: unknown): { code: string; message: string; hint: string; exitCode: number } {
  const trouble = hostTrouble(thrown);
  if (trouble !== undefined) return { ...trouble, exitCode: 3 };
  if (thrown instanceof Error && thrown.name === 'Failure') {
    const { code, hint, exitCode } = thrown as Error & { code: string; hint?: string; exitCode: number };
    const known = UNANSWERED.has(exitCode) ? exitCode : 3;
    return { code, message: thrown.message, hint: hint ?? 'see docs/codes.md', exitCode: known };
  }
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return {
    code: 'internal.error',
    message: `unexpected: ${reason}`,
    hint: 'this is a bug in salvor; run the command again with --verbose and report the output',
    exitCode: 3,
  };
}

/** A copy of `core/printable`, which must not be imported here: escapes line breaks and control characters. */
function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The state of stdout that the launcher (the first lines of the program) saw before Node started. Not inherited by child processes. */
const launchedWith = process.env.SALVOR_STDOUT;
delete process.env.SALVOR_STDOUT;

/** The access-mode bits in the flags of an open file, and their value for reading and writing. */
const ACCESS_MODE = 3;
const READ_WRITE = 2;

/**
 * Whether stdout was closed (`>&-`) when the program started. Node then opens /dev/null instead, and every write succeeds.
 * The launcher detects this. Without the launcher: Node opens /dev/null for reading and writing, unlike a shell or systemd.
 * A program that ignores all output of a child process opens it like Node, but then for all three streams. If the state
 * cannot be determined, the result is false.
 */
export function isStdoutClosed(): boolean {
  if (launchedWith === 'open' || launchedWith === 'closed') return launchedWith === 'closed';
  return isNullBothWays(1) && !isNullBothWays(2);
}

function isNullBothWays(fd: number): boolean {
  try {
    const { rdev } = fstatSync(fd);
    if (rdev !== statSync('/dev/null').rdev || !fstatSync(fd).isCharacterDevice()) return false;
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & ACCESS_MODE) === READ_WRITE;
  } catch {
    return false;
  }
}
