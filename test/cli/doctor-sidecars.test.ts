import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sidecarChecks } from '../../src/cli/operate/doctor/sidecar-checks.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'salvor-sidecars-'));
  mkdirSync(join(root, 'bag', 'data'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (...names: string[]): void => {
  for (const name of names) writeFileSync(join(root, name), '');
};

/** Paths as a registry has them, in one page. */
async function check(paths: string[], digests: { sidecar: string; algorithm: 'sha256' | 'md5' }[] = []) {
  const reader = {
    async *paths() {
      yield paths.map((path, i) => ({ id: String(i), type: 'dataset', path }));
    },
  };
  const roots = [{ path: root, strip: 'data/' }];
  return (await sidecarChecks({ roots, registry: { digests } }, reader)).map(({ state, fix }) => ({
    state,
    fix,
  }));
}

it('suggests files next to the artifacts and above them, but no single file and nothing that is configured', async () => {
  put('a', 'b', 'c', 'a.sha256', 'b.sha256', 'c.sha256', 'a.md5', 'bag/data/x', 'bag/manifest-sha512.txt');
  const paths = ['a', 'b', 'data/c', `${root}/bag/data/x`, '../../etc/passwd', 'gone/there'];
  const [proposed, ...others] = await check(paths);
  expect(others).toEqual([]);
  expect(proposed?.state).toBe('warning');
  expect(proposed?.fix).toContain('{ sidecar: .sha256, algorithm: sha256 }');
  expect(proposed?.fix).toContain('{ sidecar: manifest-sha512.txt, algorithm: sha512 }');
  expect(proposed?.fix).not.toContain('md5');
  const rest = await check(['a', 'b', 'data/c'], [{ sidecar: '.sha256', algorithm: 'sha256' }]);
  expect(rest).toMatchObject([{ state: 'ok' }]);
});

it('says nothing where there is none', async () => {
  put('a', 'b', 'c', 'SHA256SUMS.old', 'sha256');
  expect(await check(['a', 'b', 'c'])).toEqual([]);
});
