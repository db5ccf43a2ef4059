import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Options that keep a repository from running programs or reading files that its configuration names, from prompting,
 * and from fetching missing contents.
 */
const SAFE_OPTIONS = [
  '--no-pager',
  ...[
    'core.fsmonitor=false',
    // A commit graph that does not match the commits hides some of them.
    'core.commitGraph=false',
    'core.hooksPath=/dev/null',
    'core.attributesFile=/dev/null',
    // With these, a history hides versions. As settings, because git before 2.31 does not know them as options.
    'log.diffMerges=separate',
    'diff.relative=false',
    'log.showSignature=false',
    'log.mailmap=false',
    'mailmap.file=',
    'mailmap.blob=',
    'safe.directory=*',
    'protocol.allow=never',
    'protocol.ext.allow=never',
  ].flatMap((setting) => ['-c', setting]),
];

/** Passes only PATH from the operator's environment, so that a program started by a repository sees no secrets. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    // `info/grafts` cuts histories off, as replace refs do.
    GIT_GRAFT_FILE: '/dev/null',
    // Overrides `protocol.*.allow` of the repository; no protocol has this name.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

/** The directory of a submodule may refer to a worktree that no longer exists; its history does not need one. */
function directoryOf(repository: string): NodeJS.ProcessEnv {
  const bare = existsSync(join(repository, 'HEAD')) && !existsSync(join(repository, '.git'));
  return bare ? { GIT_DIR: repository, GIT_WORK_TREE: repository } : {};
}

/** If git prints nothing for this long, it is stuck on a FIFO, a lock, or a dead mount. */
const IDLE_MS = 10 * 60_000;
/** The limit for short commands, which take milliseconds. */
const ANSWER_MS = 60_000;

/** Starts git on a repository, and kills it if it prints nothing for ten minutes. */
export function spawnGit(repository: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...environment(), ...directoryOf(repository) };
  const child = spawn('git', [...SAFE_OPTIONS, '-C', repository, ...args], { env });
  let watch = setTimeout(() => child.kill('SIGKILL'), IDLE_MS).unref();
  const alive = (): void => {
    clearTimeout(watch);
    watch = setTimeout(() => child.kill('SIGKILL'), IDLE_MS).unref();
  };
  // Observe without consuming: a `data` listener would start the stream before its reader does.
  const push = child.stdout.push.bind(child.stdout);
  child.stdout.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    alive();
    return push(chunk, encoding);
  };
  child.once('close', () => clearTimeout(watch));
  return child;
}

/** At most this many characters of an error message are kept. */
const MAX_STDERR = 2000;

/** Resolves when git succeeds. @throws Error with git's message */
export function finished(child: ChildProcessWithoutNullStreams): Promise<void> {
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, MAX_STDERR);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`git could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else if (signal === 'SIGKILL') reject(new Error('git did not respond in time and was killed'));
      else reject(new Error(said.trim() || `git ended with ${code ?? signal}`));
    });
  });
}

/** The output of a short git command. @throws Error with git's message, or if it takes longer than a minute */
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

/** The configuration keys that match a pattern, as `key value` lines; empty if there are none. */
export async function gitConfig(repository: string, pattern: string): Promise<string[]> {
  const out = await gitOutput(repository, ['config', '--null', '--get-regexp', pattern]).catch(
    (error: unknown) => {
      // git exits with 1 and no message if no key matches.
      if (error instanceof Error && error.message === 'git ended with 1') return '';
      throw error;
    },
  );
  return out.split('\0').filter((line) => line !== '');
}
