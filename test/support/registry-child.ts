import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./registry-child.mjs', import.meta.url));

/** A process that uses a registry, and can be killed while it does. */
export class RegistryChild {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(sources: string, url: string, options: SpawnOptions & { script?: string } = {}) {
    this.process = spawn(process.execPath, [options.script ?? script, sources, url], {
      ...options,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.process;
    if (stdout === null || stderr === null) throw new Error('no pipes');
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.process.stdin?.on('error', () => undefined);
    const reader: Interface = createInterface({ input: stdout });
    this.#lines = reader[Symbol.asyncIterator]();
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error('the child did not start');
    return this.process.pid;
  }

  /** What the command gave, or throws an object with `code` and `message`. */
  async tell<T = unknown>(name: string, details: Record<string, unknown> = {}): Promise<T> {
    this.send(name, details);
    const { value: line, done } = await this.#lines.next();
    if (done) throw new Error(`the child ended: ${this.#errors}`);
    const answer = JSON.parse(line) as { value: T; error?: { code?: string; message: string } };
    if (answer.error !== undefined) throw Object.assign(new Error(answer.error.message), answer.error);
    return answer.value;
  }

  /** Sends a command and does not wait for its answer. */
  send(name: string, details: Record<string, unknown> = {}): void {
    this.process.stdin?.write(`${JSON.stringify({ name, ...details })}\n`);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill(signal);
    await gone;
  }

  /** Lets it end by itself. */
  async end(): Promise<void> {
    const gone = once(this.process, 'exit');
    this.process.stdin?.end();
    await gone;
  }
}
