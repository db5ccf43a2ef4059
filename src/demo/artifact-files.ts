import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DemoArtifact, demoArtifacts } from './artifacts.js';

/** Where the files of the demo's artifacts are, and where the missing ones may be found. */
export interface DemoFiles {
  root: string;
  worktrees: string;
  /** False where there is no git on this machine: then the root has no history. */
  hasHistory: boolean;
}

/** Writes the artifacts' root with its git history, and a worktree that someone left behind. */
export function writeDemoFiles(directory: string): DemoFiles {
  const root = join(directory, 'artifacts');
  const worktrees = join(directory, 'worktrees');
  const artifacts = demoArtifacts();
  const committed = artifacts.filter(({ place }) => place === 'root' || place === 'git-history');
  for (const artifact of committed) write(root, artifact);
  write(join(worktrees, 'run-7', 'artifacts'), { path: 'notes/data.csv', content: 'x,y\n1,2\n' });
  for (const artifact of artifacts.filter(({ place }) => place === 'worktree')) {
    write(join(worktrees, 'run-7', 'artifacts'), artifact);
  }
  const deleted = artifacts.filter(({ place }) => place === 'git-history').map(({ path }) => path ?? '');
  const hasHistory = commitThenDelete(root, deleted);
  return { root, worktrees, hasHistory };
}

function write(base: string, { path, content }: Pick<DemoArtifact, 'path' | 'content'>): void {
  if (path === null || content === null) return;
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), content);
}

function commitThenDelete(root: string, deleted: readonly string[]): boolean {
  const git = (...args: string[]): boolean =>
    spawnSync('git', ['-C', root, '-c', 'user.name=demo', '-c', 'user.email=demo@example.org', ...args], {
      stdio: 'ignore',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    }).status === 0;
  const made =
    git('init', '-q') && git('add', '-A') && git('commit', '-q', '-m', 'artifacts as they were registered');
  for (const path of deleted) rmSync(join(root, path));
  return made && git('commit', '-q', '-a', '-m', 'clean up');
}
