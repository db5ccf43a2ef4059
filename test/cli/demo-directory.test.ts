import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { claimDemoDirectory } from '../../src/cli/demo/demo-directory.js';

const base = mkdtempSync(join(tmpdir(), 'salvor-demo-directory-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

it('a link is not accepted as a demo directory, not even to an earlier one: nothing in it is deleted', async () => {
  const earlier = join(base, 'earlier');
  mkdirSync(earlier);
  for (const name of ['.salvor-demo', 'thesis.tex']) writeFileSync(join(earlier, name), '');
  for (const [name, target] of [
    ['to-earlier', earlier],
    ['to-nothing', join(base, 'nothing')],
  ] as const) {
    const link = join(base, name);
    symlinkSync(target, link);
    await expect(claimDemoDirectory(link)).rejects.toMatchObject({ code: 'usage.invalid', exitCode: 2 });
  }
  expect(readdirSync(earlier).sort()).toEqual(['.salvor-demo', 'thesis.tex']);
  expect(readdirSync(base).sort()).toEqual(['earlier', 'to-earlier', 'to-nothing']);
});

it('what an earlier demo left in its own directory is deleted', async () => {
  const own = join(base, 'own');
  mkdirSync(own);
  for (const name of ['.salvor-demo', 'salvor.yaml']) writeFileSync(join(own, name), '');
  const claimed = await claimDemoDirectory(own);
  expect(readdirSync(own).sort()).toEqual(['.salvor-demo', 'in-use.lock']);
  await claimed.release();
});
