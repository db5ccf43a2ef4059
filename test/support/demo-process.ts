import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliResult, salvor } from './cli.js';

/** A `salvor demo` that can be listened to and stopped. */
export class DemoProcess {
  readonly #ended: Promise<CliResult>;
  #child: ChildProcess | undefined;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.#ended = salvor(['demo', ...args], {
      env,
      started: (child) => {
        this.#child = child;
        child.stdout?.on('data', (text: string) => {
          this.stdout += text;
        });
        child.stderr?.on('data', (text: string) => {
          this.stderr += text;
        });
      },
    });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Comes back when its output has this; rejects when it ends without. */
  async saidLike(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found !== null) return found;
      const { stdout, exitCode } = this.#child ?? {};
      if (!stdout || (exitCode !== null && exitCode !== undefined))
        throw new Error(`the demo ended: ${this.stdout}${this.stderr}`);
      await Promise.race([once(stdout, 'data'), this.#ended]);
    }
  }

  /** The exit code; null when the signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child?.kill(signal);
    return (await this.#ended).code;
  }
}

/** The command lines of this machine's processes that name the directory. */
function processesOf(directory: string): string[] {
  return commandLines().filter((line) => line.includes(directory));
}

/** One that has ended and was not yet buried has no command line. */
function commandLines(): string[] {
  if (process.platform !== 'linux')
    return execFileSync('ps', ['-axww', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.map((number) => {
    try {
      return readFileSync(`/proc/${number}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      // It ended meanwhile.
      return '';
    }
  });
}

/** Waits until no process names the directory on its command line: what a killed one leaves behind ends by itself. */
export async function noProcessOf(directory: string): Promise<void> {
  while (processesOf(directory).length > 0) await sleep(100);
}
