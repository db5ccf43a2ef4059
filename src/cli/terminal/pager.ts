import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { GlobalOptions } from '../globals.js';
import { writeStdout } from './output.js';

/** The flags that decide whether there is a pager. */
type PagerFlags = Pick<GlobalOptions, 'json' | 'pager'>;

/**
 * The pager to use, as a shell command; undefined for none. Like git: `SALVOR_PAGER`, then `PAGER`, then `less`; an
 * empty value or `cat` means none. Never with `--json` and never unless a person is looking.
 */
export function pagerCommand(
  { json, pager }: PagerFlags,
  env: NodeJS.ProcessEnv,
  isTerminal: boolean,
): string | undefined {
  if (json || pager === false || !isTerminal || env.TERM === 'dumb') return undefined;
  const command = (env.SALVOR_PAGER ?? env.PAGER ?? 'less').trim();
  return command === '' || command === 'cat' ? undefined : command;
}

/** Somewhere that text goes to, piece by piece. */
export interface PagedOutput {
  /** False once nobody reads any more: the rest need not be made. */
  write(text: string): Promise<boolean>;
  /** Waits until the reader is done. */
  end(): Promise<void>;
}

/** Stdout, through a pager where there is one. Closing the pager early is no error: the reader has seen enough. */
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

/** More than a pipe holds: when this much was taken, something is reading. */
const MOST_UNREAD = 4_194_304;
/** A shell's answer for a command that it cannot find or may not run. */
const NOT_STARTED: readonly (number | null)[] = [126, 127];

/**
 * The text through a shell command, which inherits stdout. If the command does not start, the text is printed as it
 * is: a missing pager never hides a result.
 */
export function pagedBy(command: string, env: NodeJS.ProcessEnv): PagedOutput {
  // F: leave at once if everything fits the screen; R: show colors; X: leave the text on the screen.
  const child = spawn('/bin/sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', LV: '-c', ...env },
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
    child.on('error', () => resolve(127));
  });
  // Ctrl-C is for the pager while it is open, as in git: `less` stays, and the program must not end under it.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  let isOpen = true;
  child.stdin.on('error', () => {
    isOpen = false;
  });
  // Kept until it is certain that something reads, for the case that the pager did not start.
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
