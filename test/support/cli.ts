import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../../dist/cli/main.js');

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Files next to this one that are loaded before the program: faults that cannot be had otherwise. */
  preload?: readonly string[];
  /** Called once it runs: to signal it, or to close its pipes. */
  started?: (child: ChildProcess) => void;
}

function preloads({ preload = [] }: CliOptions): string[] {
  return preload.flatMap((file) => ['--import', join(import.meta.dirname, file)]);
}

/** Runs the built program as its users do: a process of its own, with nothing of this machine's configuration. */
export function salvor(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { PATH = '', TMPDIR, HOME = '/nonexistent' } = process.env;
  const clean = { PATH, HOME, XDG_CONFIG_HOME: '/nonexistent', ...(TMPDIR === undefined ? {} : { TMPDIR }) };
  const child = spawn(process.execPath, [...preloads(options), main, ...args], {
    cwd: options.cwd ?? '/',
    env: { ...clean, AWS_EC2_METADATA_DISABLED: 'true', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  options.started?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
