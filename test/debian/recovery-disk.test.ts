import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { csv, planRow, RecoveryWorld } from '../support/recovery-world.js';

/** More than the small disk below takes. */
const CONTENT = csv('liver').repeat(20_000);

let world: RecoveryWorld;
let disk: string;

const mount = (options: string): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
};

beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  mkdirSync(join(world.base, 'worktrees'));
  disk = join(world.root, 'datasets');
  mkdirSync(disk);
  world.archive('h/artifacts-2026-04-20.tar.gz', { 'datasets/liver.csv': CONTENT });
  await world.row({ id: 'liver', path: 'datasets/liver.csv' });
});

afterEach(async () => {
  execFileSync('umount', ['--lazy', disk]);
  await world.close();
});

it.each([
  ['full', 'size=64k'],
  ['read-only', 'size=64k,ro'],
])(
  'a destination that is %s binds nothing and leaves nothing; with room the same plan completes',
  async (_, options) => {
    const { plan } = await world.plan();
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind' });
    mount(options);
    expect((await world.apply(plan)).exitCode).toBe(1);
    expect(world.findings.map((finding) => finding.code)).toContain('destination.failed');
    expect((await world.stored('liver')).metadata).toEqual({});
    expect(readdirSync(disk)).toEqual([]);
    execFileSync('mount', ['-o', 'remount,rw,size=64m', disk]);
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect(await world.content('liver')).toBe(CONTENT);
  },
);
