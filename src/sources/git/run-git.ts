import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a repository must not be able to do to its reader: run programs that its own configuration names, read files
 * that it names, ask questions, or fetch what is missing from somewhere.
 */
const SAFE_OPTIONS = [
  '--no-pager',
  ...[
    'core.fsmonitor=false',
    'core.hooksPath=/dev/null',
    'core.attributesFile=/dev/null',
    'log.showSignature=false',
    'log.mailmap=false',
    'mailmap.file=',
    'mailmap.blob=',
    'safe.directory=*',
    'protocol.allow=never',
    'protocol.ext.allow=never',
  ].flatMap((setting) => ['-c', setting]),
];

/** Nothing of the operator's environment but where programs are: a repository's program would see its secrets. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    // Overrides what the repository's own `protocol.*.allow` says; no protocol has this name.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

/** A submodule's own directory may name a worktree that is gone; its history needs none. */
function directoryOf(repository: string): NodeJS.ProcessEnv {
  const bare = existsSync(join(repository, 'HEAD')) && !existsSync(join(repository, '.git'));
  return bare ? { GIT_DIR: repository, GIT_WORK_TREE: repository } : {};
}

/** Without a byte from git for so long, it waits for something that does not come: a FIFO, a lock, a dead mount. */
const IDLE_MS = 10 * 60_000;
/** A short answer takes milliseconds. */
const ANSWER_MS = 60_000;

/** Starts git on a repository. A git that says nothing for ten minutes is ended. */
export function spawnGit(repository: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...environment(), ...directoryOf(repository) };
  const child = spawn('git', [...SAFE_OPTIONS, '-C', repository, ...args], { env });
  let watch = setTimeout(() => child.kill('SIGKILL'), IDLE_MS).unref();
  const alive = (): void => {
    clearTimeout(watch);
    watch = setTimeout(() => child.kill('SIGKILL'), IDLE_MS).unref();
  };
  // Looks on without taking anything: `data` would start the stream before its reader does.
  const push = child.stdout.push.bind(child.stdout);
  child.stdout.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    alive();
    return push(chunk, encoding);
  };
  child.once('close', () => clearTimeout(watch));
  return child;
}

/** Enough of an error to know what it is. */
const MAX_STDERR = 2000;

/** Resolves when git ended well. @throws Error with what git said */
export function finished(child: ChildProcessWithoutNullStreams): Promise<void> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, MAX_STDERR);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`git could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else if (signal === 'SIGKILL') reject(new Error('git did not answer in time and was ended'));
      else reject(new Error(said.trim() || `git ended with ${code ?? signal}`));
    });
  });
}

/** What git prints, for short answers. @throws Error with what git said, or that it did not answer within a minute */
export async function gitOutput(repository: string, args: readonly string[]): Promise<string> {
  const child = spawnGit(repository, args);
  const watch = setTimeout(() => child.kill('SIGKILL'), ANSWER_MS);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end();
  try {
    await finished(child);
  } finally {
    clearTimeout(watch);
  }
  return out.trim();
}

/** The values of the configuration keys that a pattern names, as `key value` lines; empty when there are none. */
export async function gitConfig(repository: string, pattern: string): Promise<string[]> {
  const out = await gitOutput(repository, ['config', '--null', '--get-regexp', pattern]).catch(
    (error: unknown) => {
      // git ends with 1, and says nothing, when no key has the pattern.
      if (error instanceof Error && error.message === 'git ended with 1') return '';
      throw error;
    },
  );
  return out.split('\0').filter((line) => line !== '');
}
