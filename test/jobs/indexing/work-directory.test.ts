import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeWorkDirectory } from '../../../src/jobs/indexing/work-directory.js';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'salvor-parent-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

it('what a killed process left behind is removed, and nothing else', () => {
  const mine = makeWorkDirectory(parent);
  const dead = spawnSync(process.execPath, ['--version']).pid;
  const leftOver = join(parent, basename(mine).replace(`-${process.pid}-`, `-${dead}-`));
  const otherHost = join(parent, basename(leftOver).replace(/work-[0-9a-f]{8}/, 'work-00000000'));
  const others = [otherHost, join(parent, '.salvor-other'), join(parent, 'data')];
  for (const path of [leftOver, ...others]) mkdirSync(path);
  writeFileSync(join(leftOver, 'index'), 'half');
  const second = makeWorkDirectory(parent);
  expect(existsSync(leftOver)).toBe(false);
  for (const path of [mine, second, ...others]) expect(existsSync(path), path).toBe(true);
});
