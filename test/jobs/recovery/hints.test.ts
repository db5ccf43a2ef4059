import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanRow } from '../../../src/jobs/recovery/plan/plan-document.js';
import { csv, planRow, RecoveryWorld } from '../../support/recovery-world.js';

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  world.file('worktrees/README', '');
});
afterEach(() => world.close());

const HTML = '<!doctype html><html><body>Sign in</body></html>';

describe('the only similar content of a row', () => {
  const row = (id: string): Promise<void> => world.row({ id, path: `datasets/cohort-${id}-frozen.csv` });
  const similar = (id: string): string => `datasets/nb-cohort-${id}-frozen.csv`;

  it('is read before a person is asked: a web page, an empty file or a stand-in needs no decision, in any source', async () => {
    const contents: Record<string, string> = {
      page: HTML,
      blank: '',
      good: csv('good'),
      pointer: '/annex/objects/MD5--x\n',
    };
    for (const [name, content] of Object.entries(contents)) {
      world.worktree('quest', similar(`worktree-${name}`), content);
      world.commit({ [similar(`git-${name}`)]: content });
      await row(`worktree-${name}`);
      await row(`git-${name}`);
    }
    const { plan } = await world.plan();
    for (const source of ['worktree', 'git']) {
      for (const name of ['page', 'blank', 'pointer']) {
        const one = planRow(plan, `${source}-${name}`);
        expect([one.id, one.status, one.similar]).toEqual([one.id, 'residual', []]);
      }
      expect(planRow(plan, `${source}-good`)).toMatchObject({ status: 'needs_review', rule: '9-similar' });
      expect(planRow(plan, `${source}-good`).similar).toMatchObject([{ cached: true }]);
    }
  });

  it('is read in an archive too, so that a page is noise by none of the three ways', async () => {
    const ways = ['listing', 'index', 'scan'] as const;
    for (const way of ways) {
      const key = `${way}/artifacts-2026-04-20.tar.gz`;
      const files = { [similar(`${way}-page`)]: HTML, [similar(`${way}-good`)]: csv(way) };
      world.archive(key, files, way === 'listing' ? {} : { listing: null });
      if (way === 'index') await world.index(key);
      await row(`${way}-page`);
      await row(`${way}-good`);
    }
    const { plan } = await world.plan({ scanUnlisted: true });
    for (const way of ways) {
      expect(planRow(plan, `${way}-page`)).toMatchObject({ status: 'residual', similar: [] });
      expect(planRow(plan, `${way}-good`)).toMatchObject({ status: 'needs_review', rule: '9-similar' });
    }
    // Once: the next plan knows them.
    const reads = world.archiveReads().length;
    expect((await world.plan({ scanUnlisted: true })).plan.rows).toEqual(plan.rows);
    expect(world.archiveReads()).toHaveLength(reads);
  });

  it('is not read where it is large', async () => {
    world.worktree('quest', similar('large'), `${HTML}${' '.repeat(1024 * 1024)}`);
    await row('large');
    expect(planRow((await world.plan()).plan, 'large')).toMatchObject({
      status: 'needs_review',
      similar: [{ cached: false }],
    });
  });
});

describe('a row of a plan', () => {
  it('has less than 20 kB, however many names, titles, places and hints are found', async () => {
    const deep = Array.from({ length: 14 }, (_, i) => `${i}-`.padEnd(220, 'd')).join('/');
    const long = `${'very_long_cohort_name_'.repeat(9)}x`;
    for (let i = 0; i < 12; i += 1) {
      world.worktree(`quest-${i}`, `${deep}/${long}.csv`, csv(`exact ${i}`));
      world.worktree(`quest-${i}`, `${deep}/${i}_${long}_copied.csv`, csv(`similar ${i}`));
      world.worktree(`quest-${i}`, `${deep}/${i}_only_${long}.parquet`, HTML);
    }
    const filename = Array.from({ length: 80 }, (_, i) => `${i}_${long}.csv`);
    await world.row({ id: 'exact', path: `datasets/${long}.csv` });
    await world.row({ id: 'many', path: null, metadata: { filename } });
    await world.row({ id: 'hints', path: `datasets/only_${long}.parquet` });
    await world.database.query(`update artifacts set title = repeat('title ', 20000)`);
    const { plan } = await world.plan();
    const sizes = plan.rows.map((one: PlanRow) => [one.id, Buffer.byteLength(JSON.stringify(one))] as const);
    for (const [id, size] of sizes) expect(size, id).toBeLessThan(20_000);
    expect(planRow(plan, 'exact').candidates.length).toBeGreaterThanOrEqual(2);
    expect(planRow(plan, 'exact').places).toBeGreaterThanOrEqual(12);
  });
});
