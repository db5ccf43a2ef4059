import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archive, flip, hashed, inRoot, inStore, object, storeUrl, tar } from './scenarios/places.js';
import { LedgerWorld } from './world.js';

/** Two subjects of one job that are red at the same time, and how the cause of each is removed. */
interface Pair {
  code: string;
  run: string;
  /** The command after `breaks`, where that is another. */
  thenRun?: string;
  on?(world: LedgerWorld): string;
  job: string;
  exitCode: 1 | 3;
  subjects(world: LedgerWorld): readonly [string, string];
  arrange(world: LedgerWorld): Promise<void>;
  breaks(world: LedgerWorld): Promise<void> | void;
  fixes(world: LedgerWorld, which: 0 | 1): Promise<void> | void;
}

const HOSTS = ['h1', 'h2'] as const;
const ROWS = ['c', 'd'] as const;
const CONTENT = 'gene,value\nliver,1\n';
const pathOf = (id: string) => `datasets/${id === 'c' ? 'liver' : 'kidney'}_tpm.csv`;
const worktree = (world: LedgerWorld, name: string) => join(world.base, `worktree-${name}`);

function configureRecovery(world: LedgerWorld): void {
  const sources = ROWS.map((id) => ({ directory: worktree(world, id) }));
  const types = { dataset: { directories: ['datasets'], extensions: ['.csv'] } };
  world.configure({ recovery: { sources, types } });
}

async function searched(world: LedgerWorld): Promise<void> {
  for (const id of ROWS) mkdirSync(worktree(world, id));
  configureRecovery(world);
  await hashed(world);
}

const listed = (steps: Pick<Pair, 'code' | 'breaks' | 'fixes'>): Pair => ({
  run: 'listings verify',
  job: 'listings verify',
  exitCode: 1,
  subjects: (world) => [storeUrl(world, 'h1/a-1.tar'), storeUrl(world, 'h2/a-1.tar')],
  arrange: async (world) => {
    world.configure({ backups: [{ url: storeUrl(world), grace: '0s' }] });
    for (const host of HOSTS) archive(world, `${host}/a-1.tar`);
  },
  ...steps,
});

const PAIRS: Pair[] = [
  listed({
    code: 'listing.missing',
    breaks: (world) => {
      for (const host of HOSTS) unlinkSync(inStore(world, `${host}/a-1.tar.list.txt`));
    },
    fixes: (world, which) => archive(world, `${HOSTS[which]}/a-1.tar`),
  }),
  listed({
    code: 'archive.empty',
    breaks: (world) => {
      for (const host of HOSTS) archive(world, `${host}/a-1.tar`, '');
    },
    fixes: (world, which) => archive(world, `${HOSTS[which]}/a-1.tar`),
  }),
  {
    code: 'listing.absent',
    run: 'listings check --all',
    on: (world) => storeUrl(world),
    job: 'listings check',
    exitCode: 1,
    subjects: (world) => [storeUrl(world, 'h1/a.tar'), storeUrl(world, 'h2/a.tar')],
    arrange: async (world) => {
      world.file('a', 'content of a');
      for (const host of HOSTS) tar(world, `${host}/a.tar`);
      await world.run('listings build --missing', storeUrl(world));
    },
    breaks: (world) => {
      for (const host of HOSTS) unlinkSync(inStore(world, `${host}/a.tar.list.txt`));
    },
    fixes: async (world, which) => {
      const written = await world.run('listings build --missing', storeUrl(world, `${HOSTS[which]}/`));
      expect(written.code).toBe(0);
    },
  },
  {
    code: 'archive.unsupported',
    run: 'listings build --missing',
    on: (world) => storeUrl(world),
    job: 'listings build',
    exitCode: 1,
    subjects: (world) => [storeUrl(world, 'h1/b.tar'), storeUrl(world, 'h2/b.tar')],
    arrange: async (world) => {
      world.file('a', 'content of a');
      tar(world, 'h1/a.tar');
    },
    breaks: (world) => {
      for (const host of HOSTS) object(world, `${host}/b.tar`, 'PK\x03\x04'.padEnd(1000, 'x'));
    },
    fixes: (world, which) => tar(world, `${HOSTS[which]}/b.tar`),
  },
  {
    code: 'drill.failed',
    run: 'recovery drill',
    job: 'recovery drill',
    exitCode: 1,
    subjects: () => ['a', 'b'],
    arrange: async (world) => {
      await hashed(world);
      mkdirSync(inStore(world, 'h'));
      execFileSync('tar', ['-C', inRoot(world), '-cf', inStore(world, 'h/a-1.tar'), 'a', 'b']);
      world.configure({ recovery: { sources: [{ archives: storeUrl(world) }] } });
      object(world, 'h/a-1.tar', readFileSync(inStore(world, 'h/a-1.tar')));
      await world.run('listings build --missing', storeUrl(world));
    },
    breaks: (world) => {
      for (const id of ['a', 'b']) flip(world, 'h/a-1.tar', `content of ${id}`);
    },
    fixes: (world, which) => flip(world, 'h/a-1.tar', ['bontent of a', 'bontent of b'][which] ?? ''),
  },
  {
    code: 'destination.exists',
    run: 'recovery run',
    thenRun: 'recovery apply',
    job: 'recovery',
    exitCode: 1,
    subjects: () => ROWS,
    arrange: searched,
    breaks: async (world) => {
      for (const id of ROWS) {
        world.put(`worktree-${id}/${pathOf(id)}`, `${CONTENT}${id},2\n`);
        await world.row(id, pathOf(id));
      }
      await world.run('recovery plan');
      for (const id of ROWS) world.file(pathOf(id), 'of somebody else');
    },
    fixes: (world, which) => unlinkSync(inRoot(world, pathOf(ROWS[which]))),
  },
  {
    code: 'source.failed',
    run: 'recovery plan',
    job: 'recovery plan',
    exitCode: 3,
    subjects: (world) => [`directory ${worktree(world, 'c')}`, `directory ${worktree(world, 'd')}`],
    arrange: searched,
    breaks: (world) => {
      unlinkSync(inRoot(world, 'a'));
      for (const id of ROWS) rmdirSync(worktree(world, id));
    },
    fixes: (world, which) => void mkdirSync(worktree(world, ROWS[which])),
  },
];

describe('if two subjects are red', () => {
  it.each(PAIRS)('$job resolves the $code that was fixed, and nothing else', async (pair) => {
    const world = await LedgerWorld.create();
    try {
      world.expects(pair.job);
      await pair.arrange(world);
      await expectOneAfterTheOther(world, pair);
    } finally {
      await world.close();
    }
  });
});

async function expectOneAfterTheOther(world: LedgerWorld, pair: Pair): Promise<void> {
  const on = pair.on === undefined ? [] : [pair.on(world)];
  const rerun = () => world.run(pair.thenRun ?? pair.run, ...on);
  const open = async () => (await world.open(pair.job)).filter((one) => one.startsWith(pair.code)).sort();
  const told = pair.subjects(world).map((subject) => `${pair.code} ${subject}`);

  const first = await world.run(pair.run, ...on);
  expect(first.code, first.stdout).toBe(0);
  await pair.breaks(world);
  const broken = await rerun();
  expect(broken.code, broken.stdout).toBe(pair.exitCode);
  expect(await open()).toEqual(told);

  await pair.fixes(world, 0);
  const half = await rerun();
  expect(half.code, half.stdout).toBe(pair.exitCode);
  expect(await open()).toEqual(told.slice(1));
  expect(await world.red()).toMatchObject({ [pair.code]: 1 });
  expect((await world.run('watchdog')).code).toBe(1);

  await pair.fixes(world, 1);
  const whole = await rerun();
  expect(whole.code, whole.stdout).toBe(0);
  expect(await open()).toEqual([]);
  expect(await world.red()).toEqual({});
  expect((await world.run('watchdog')).code).toBe(0);
}
