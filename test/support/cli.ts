import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { isBusy, salvorHere } from './cli-in-process.js';

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
  /** Called once it runs, in a process of its own: to signal it, or to close its pipes. */
  started?: (child: ChildProcess) => void;
  /** For what belongs to a process: its start and end, its streams, what it says once. */
  ownProcess?: true;
}

/**
 * Runs the built program as its users do, with nothing of this machine's configuration. In this process where nothing
 * but the process could tell: starting one takes ten times as long as most commands.
 */
export async function salvor(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { PATH = '', TMPDIR, HOME = '/nonexistent' } = process.env;
  const clean = { PATH, HOME, XDG_CONFIG_HOME: '/nonexistent', ...(TMPDIR === undefined ? {} : { TMPDIR }) };
  const env = { ...clean, AWS_EC2_METADATA_DISABLED: 'true', ...options.env };
  const cwd = options.cwd ?? '/';
  // Node reads its own variables when it starts.
  const isNodes = Object.keys(env).some((name) => name.startsWith('NODE_'));
  const isOwn = options.ownProcess || options.preload || options.started !== undefined || isNodes;
  if (isOwn || isBusy()) return inOwnProcess(args, { ...options, env, cwd });
  return { ...(await salvorHere(args, { surroundings: { env, cwd } })), signal: null };
}

function inOwnProcess(args: readonly string[], { preload = [], ...options }: CliOptions): Promise<CliResult> {
  const preloaded = preload.flatMap((file) => ['--import', join(import.meta.dirname, file)]);
  const child = spawn(process.execPath, [...preloaded, main, ...args], {
    ...options,
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
