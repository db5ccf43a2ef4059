import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { GlobalOptions } from '../globals.js';
import { writeStdout } from './output.js';

/** The flags that determine whether a pager is used. */
type PagerFlags = Pick<GlobalOptions, 'json' | 'pager'>;

/**
 * The pager to use, as a shell command; undefined for none. Like git: `SALVOR_PAGER`, then `PAGER`, then `less`; an
 * empty value or `cat` means none. Never used with `--json` or if stdout is not a terminal.
 */
function pagerCommand(
  { json, pager }: PagerFlags,
  env: NodeJS.ProcessEnv,
  isTerminal: boolean,
): string | undefined {
  if (json || pager === false || !isTerminal || env.TERM === 'dumb') return undefined;
  const command = (env.SALVOR_PAGER ?? env.PAGER ?? 'less').trim();
  return command === '' || command === 'cat' ? undefined : command;
}

/** A destination for text that is written in pieces. */
export interface PagedOutput {
  /** False once the reader has closed the output, so the rest is not needed. */
  write(text: string): Promise<boolean>;
  /** Waits until the reader has finished. */
  end(): Promise<void>;
}

/** Stdout, through the pager if there is one. Closing the pager early is not an error. */
export function openPaged(flags: PagerFlags): PagedOutput {
  const command = pagerCommand(flags, process.env, process.stdout.isTTY === true);
  return command === undefined ? PLAIN : pagedBy(command, process.env);
}

/** Prints one text. */
export async function printPaged(text: string, flags: PagerFlags): Promise<void> {
  const output = openPaged(flags);
  await output.write(text);
  await output.end();
}

const PLAIN: PagedOutput = {
  write: async (text) => {
    await writeStdout(text);
    return true;
  },
  end: async () => undefined,
};

/** More than the buffer of a pipe: once this much was written, something is reading. */
const MOST_UNREAD = 4_194_304;
/** The exit codes of a shell for a command that it cannot find or execute. */
const NOT_STARTED: readonly (number | null)[] = [126, 127];

/**
 * Writes text to a shell command that inherits stdout. If the command does not start, the text is printed directly, so
 * that a missing pager never hides a result.
 */
function pagedBy(command: string, env: NodeJS.ProcessEnv): PagedOutput {
  // F: leave at once if everything fits the screen; R: show colors; X: leave the text on the screen.
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', LV: '-c', ...env },
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
    child.on('error', () => resolve(127));
  });
  // While the pager is open, Ctrl-C is meant for the pager, as in git: `less` continues, so the program must not end.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  let isOpen = true;
  child.stdin.on('error', () => {
    isOpen = false;
  });
  // Kept until the pager is known to be reading, in case it did not start.
  let kept: string[] | undefined = [];
  let bytes = 0;
  return {
    write: async (text) => {
      bytes += text.length;
      if (bytes > MOST_UNREAD) kept = undefined;
      kept?.push(text);
      if (isOpen && !child.stdin.write(text))
        await Promise.race([once(child.stdin, 'drain').catch(ignore), ended]);
      return isOpen;
    },
    end: async () => {
      child.stdin.end();
      const code = await ended;
      process.off('SIGINT', ignore);
      if (NOT_STARTED.includes(code)) await writeStdout((kept ?? []).join(''));
    },
  };
}
