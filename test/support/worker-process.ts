import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';

const main = join(import.meta.dirname, '../../dist/cli/main.js');

export interface WorkerOptions {
  args?: readonly string[];
  env?: Record<string, string>;
  /** Modules loaded before the program, to make its world slow or wrong. */
  preload?: readonly string[];
}

/** A `salvor worker` that can be stopped, killed and asked what it said. */
export class WorkerProcess {
  readonly child: ChildProcess;
  readonly #gone: Promise<unknown>;
  said = '';
  stdout = '';

  private constructor(config: string, { args = [], env = {}, preload = [] }: WorkerOptions) {
    const { PATH = '', TMPDIR } = process.env;
    const clean = { PATH, HOME: '/nonexistent', ...(TMPDIR === undefined ? {} : { TMPDIR }) };
    const imports = preload.flatMap((file) => ['--import', join(import.meta.dirname, file)]);
    this.child = spawn(process.execPath, [...imports, main, 'worker', '--config', config, ...args], {
      cwd: '/',
      env: { ...clean, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
    });
    this.#gone = once(this.child, 'close');
  }

  /** Comes back when it waits for units. */
  static async start(config: string, options: WorkerOptions = {}): Promise<WorkerProcess> {
    const worker = new WorkerProcess(config, options);
    while (!/ serves /.test(worker.said)) {
      const { stderr } = worker.child;
      if (stderr === null || worker.child.exitCode !== null) throw new Error(`no worker: ${worker.said}`);
      await Promise.race([once(stderr, 'data'), worker.#gone]);
    }
    return worker;
  }

  /** Its name in the reports about a run. */
  get name(): string {
    return /worker (\S+) serves/.exec(this.said)?.[1] ?? '';
  }

  /** Signals it, and waits until it says that it will stop at the next safe point. */
  async stopping(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<void> {
    this.child.kill(signal);
    await expect.poll(() => this.said).toContain('stopping at the next safe point');
  }

  /** The exit code when it has ended by itself, or by an earlier signal. */
  async ended(): Promise<number | null> {
    await this.#gone;
    return this.child.exitCode;
  }

  /** The exit code; null when the signal ended it. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended();
  }
}
