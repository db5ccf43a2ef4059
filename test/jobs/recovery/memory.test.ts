import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentCache } from '../../../src/jobs/recovery/plan/content-cache.js';
import { csv, planRow, RecoveryWorld, sha256 } from '../../support/recovery-world.js';

const KEY = 'h/artifacts-2026-04-20.tar.gz';
let world: RecoveryWorld;

beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
});
afterEach(() => world.close());

const archive = (content: string, listing: string[] | null): void =>
  world.archive(
    KEY,
    { 'datasets/liver.csv': csv(content), 'datasets/kidney.csv': csv('kidney') },
    { listing },
  );

/** What a plan says of its rows, apart from what names this plan. */
async function rowsOfPlan(): Promise<unknown> {
  return (await world.plan({ scanUnlisted: true })).plan.rows;
}

describe('the next plan', () => {
  it.each([
    ['without a listing', null],
    ['with a listing that has no sizes', ['-tf']],
  ])('does not read an archive %s again, and decides the same', async (_, listing) => {
    archive('liver', listing);
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const first = await rowsOfPlan();
    expect(world.archiveReads()).toHaveLength(1);
    expect(await rowsOfPlan()).toEqual(first);
    const { plan, summary } = await world.plan({ scanUnlisted: true });
    expect(plan.rows).toEqual(first);
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind', chosen: expect.any(String) });
    expect(summary).toMatchObject({ archives_searched: 1, archives_streamed: 0 });
    expect(world.archiveReads()).toHaveLength(1);
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect(world.archiveReads()).toHaveLength(1);
    expect(await world.content('liver')).toBe(csv('liver'));
  });

  it('reads it again if it changed, or if other content is needed', async () => {
    archive('liver', null);
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    await rowsOfPlan();
    await world.row({ id: 'kidney', path: 'datasets/kidney.csv' });
    const { plan } = await world.plan({ scanUnlisted: true });
    expect(planRow(plan, 'kidney').status).toBe('to_bind');
    expect(world.archiveReads()).toHaveLength(2);
    archive('another liver', null);
    const next = (await world.plan({ scanUnlisted: true })).plan;
    expect(world.archiveReads()).toHaveLength(3);
    expect(planRow(next, 'liver').candidates[0]?.sha256).toBe(sha256(csv('another liver')));
  });

  it('remembers that an archive has nothing for it', async () => {
    archive('liver', null);
    await world.row({ id: 'lung', path: 'datasets/lung.csv' });
    await rowsOfPlan();
    await rowsOfPlan();
    expect(world.archiveReads()).toHaveLength(1);
  });

  it('does not trust a memory file that others can write, that is invalid, or that is of another store', async () => {
    archive('liver', null);
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    await rowsOfPlan();
    const { directory } = world.cache();
    chmodSync(directory, 0o777);
    await rowsOfPlan();
    expect(world.archiveReads()).toHaveLength(2);
    chmodSync(directory, 0o700);
    for (const name of readdirSync(directory))
      if (name.endsWith('.json')) writeFileSync(join(directory, name), '{');
    await rowsOfPlan();
    expect(world.archiveReads()).toHaveLength(3);
    const text = readFileSync(join(directory, 'memory.json'), 'utf8');
    writeFileSync(join(directory, 'memory.json'), text.replaceAll(world.s3.endpoint, 'http://elsewhere'));
    await rowsOfPlan();
    expect(world.archiveReads()).toHaveLength(4);
  });
});

describe('the cache', () => {
  it('stays within its size and evicts the least recently used content', async () => {
    const fill = async (cache: ContentCache, text: string): Promise<void> => {
      const sink = cache.open(() => undefined);
      await sink.write(Buffer.from(text));
      await sink.end();
    };
    const first = world.cache(30);
    for (const [i, text] of ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc'].entries()) {
      await fill(first, text);
      utimesSync(first.pathOf(sha256(text)), 1000 + i, 1000 + i);
    }
    writeFileSync(join(first.directory, '.draft-999999999-1'), 'of a killed plan');
    const next = world.cache(30);
    await next.inherit();
    expect(existsSync(join(first.directory, '.draft-999999999-1'))).toBe(false);
    next.claim(sha256('aaaaaaaaaa'));
    await fill(next, 'dddddddddd');
    const kept = (text: string): boolean => existsSync(next.pathOf(sha256(text)));
    expect(['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc', 'dddddddddd'].map(kept)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    const smaller = new ContentCache(next.directory, 10);
    await smaller.inherit();
    const left = readdirSync(next.directory).map((name) => statSync(join(next.directory, name)).size);
    expect(left.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(10);
  });
});
