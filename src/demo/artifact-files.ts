import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { demoArtifacts, LEFTOVERS } from './artifacts.js';

/** The directories with the demo's artifact files and with copies of the missing ones. */
export interface DemoFiles {
  root: string;
  worktrees: string;
  /** False if git is not installed; then the root has no history. */
  hasHistory: boolean;
}

/** Age of the artifact files. */
const REGISTERED_HOURS = 40 * 24;
const HOUR_S = 3600;

/** Writes the artifact root with its git history, and the abandoned worktrees. */
export function writeDemoFiles(directory: string, now: Date): DemoFiles {
  const root = join(directory, 'artifacts');
  const worktrees = join(directory, 'worktrees');
  const place = (base: string, path: string | null, content: string | null, ageHours: number): void => {
    if (path === null || content === null) return;
    const at = Math.floor(now.getTime() / 1000) - ageHours * HOUR_S;
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), content);
    utimesSync(join(base, path), at, at);
  };
  const artifacts = demoArtifacts();
  for (const { path, content } of artifacts.filter(
    (one) => one.place === 'root' || one.place === 'git-history',
  ))
    place(root, path, content, REGISTERED_HOURS);
  for (const { path, content } of artifacts.filter((one) => one.place === 'worktree'))
    place(join(worktrees, 'run-7', 'artifacts'), path, content, REGISTERED_HOURS);
  for (const { worktree, path, content, ageHours } of LEFTOVERS)
    place(join(worktrees, worktree, 'artifacts'), path, content, ageHours);
  const deleted = artifacts.filter((one) => one.place === 'git-history').map(({ path }) => path ?? '');
  const hasHistory = commitThenDelete(root, deleted);
  return { root, worktrees, hasHistory };
}

function commitThenDelete(root: string, deleted: readonly string[]): boolean {
  // GIT_DIR and similar variables, as set in a git hook, would select another repository.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = {
    ...Object.fromEntries(inherited),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
  };
  const git = (...args: string[]): boolean =>
    spawnSync('git', ['-C', root, '-c', 'user.name=demo', '-c', 'user.email=demo@example.org', ...args], {
      stdio: 'ignore',
      env,
    }).status === 0;
  const made =
    git('init', '-q') && git('add', '-A') && git('commit', '-q', '-m', 'artifacts as they were registered');
  for (const path of deleted) rmSync(join(root, path));
  return made && git('commit', '-q', '-a', '-m', 'clean up');
}
