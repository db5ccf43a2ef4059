import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';

/**
 * What a repository must not be able to do to its reader: run programs that its own configuration names, ask
 * questions, or fetch what is missing from somewhere.
 */
const SAFE_OPTIONS = [
  '--no-pager',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'log.showSignature=false',
  '-c',
  'safe.directory=*',
  '-c',
  'protocol.allow=never',
];

/** Starts git on a repository; its own environment variables are not handed on. */
export function spawnGit(repository: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_'));
  return spawn('git', [...SAFE_OPTIONS, '-C', repository, ...args], {
    env: {
      ...Object.fromEntries(inherited),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_NO_LAZY_FETCH: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    },
  });
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
    child.on('error', (error) => reject(new Error(`git can not be started: ${error.message}`)));
    child.on('close', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(said.trim() || `git ended with ${code ?? signal}`)),
    );
  });
}

/** What git prints, for short answers. @throws Error with what git said */
export async function gitOutput(repository: string, args: readonly string[]): Promise<string> {
  const child = spawnGit(repository, args);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stdin.end();
  await finished(child);
  return out.trim();
}
