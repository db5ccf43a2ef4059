import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'salvor-package-'));
const installed = join(work, 'elsewhere');
/** Debian's account for those who own nothing. */
const NOBODY = 65534;

beforeAll(() => {
  execFileSync('npm', ['pack', '--pack-destination', work], { cwd: root, stdio: 'pipe' });
  const tarball = readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '';
  mkdirSync(installed);
  // As an ordinary user will find it: readable by all, written by root.
  execFileSync('npm', ['install', '--prefix', installed, '--no-audit', '--no-fund', join(work, tarball)], {
    stdio: 'pipe',
  });
  chmodSync(work, 0o755);
}, 300_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe.each([
  ['root', 0],
  ['an ordinary user', NOBODY],
])('the installed package, run by %s', (_, uid) => {
  const home = mkdtempSync(join(tmpdir(), 'salvor-home-'));
  execFileSync('chown', [`${uid}:${uid}`, home]);
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const run = (args: string[]): string =>
    execFileSync(join(installed, 'node_modules/.bin/salvor'), args, {
      cwd: home,
      uid,
      gid: uid,
      env: { PATH: process.env.PATH, HOME: home, TMPDIR: home },
      encoding: 'utf8',
    });

  it('says its version', () => {
    expect(run(['--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('sets itself up: init, with the embedded registry', () => {
    expect(run(['init', '--json'])).toContain('"config_written": true');
    expect(JSON.parse(run(['runs', 'list', '--json'])).summary).toEqual({ runs: [], next: null });
  });

  it('runs the demo to its end', () => {
    expect(run(['demo', '--no-serve', '--dir', join(home, 'demo')])).toContain('To try next');
  });
});

it('holds the program and its documents, and nothing else', () => {
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  ) as { files: { path: string }[] }[];
  const tops = new Set(packed[0]?.files.map(({ path }) => path.split('/')[0]));
  expect([...tops].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'contrib',
    'dist',
    'docs',
    'package.json',
  ]);
});
