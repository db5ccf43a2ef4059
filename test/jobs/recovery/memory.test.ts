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
  world.worktree('quest', 'README', 'r');
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

  it('hashes no file, blob, or stored content again, unless anything about it changed', async () => {
    const large = csv('annexed');
    const key = `SHA256E-s${large.length}--${sha256(large)}.csv`;
    const stored = world.file(`repo/.git/annex/objects/aa/bb/${key}/${key}`, large);
    world.commit({ 'datasets/git.csv': csv('git'), 'datasets/annex.csv': `/annex/objects/${key}\n` });
    const file = world.worktree('quest', 'datasets/file.csv', csv('file'));
    for (const id of ['file', 'git', 'annex']) await world.row({ id, path: `datasets/${id}.csv` });
    const digests = async (): Promise<Record<string, string | null | undefined>> => {
      const { plan } = await world.plan({ aheadMs: 3_600_000 });
      return Object.fromEntries(
        plan.rows.map((one) => [one.id, one.candidates.find(({ cid }) => cid === one.chosen)?.sha256]),
      );
    };
    const right = { file: sha256(csv('file')), git: sha256(csv('git')), annex: sha256(large) };
    expect(await digests()).toEqual(right);
    // A memory that says something else shows which of them are read.
    const memory = join(world.cache().directory, 'memory.json');
    const lie = (): void => {
      let text = readFileSync(memory, 'utf8');
      for (const [i, digest] of Object.values(right).entries())
        text = text.replaceAll(`"sha256":"${digest}"`, `"sha256":"${String(i).repeat(64)}"`);
      writeFileSync(memory, text);
    };
    lie();
    expect(await digests()).toEqual({ file: '0'.repeat(64), git: '1'.repeat(64), annex: '2'.repeat(64) });
    // The time of the inode changes with each of these, and the object in git is stored in another way.
    const { mtime, atime } = statSync(file);
    writeFileSync(file, csv('FILE'));
    utimesSync(file, atime, mtime);
    right.file = sha256(csv('FILE'));
    chmodSync(stored, 0o600);
    world.git('gc', '-q', '--prune=now');
    expect(await digests()).toEqual(right);
    // `apply` reads what it binds: what it refuses is not believed a second time.
    lie();
    const { plan } = await world.plan({ aheadMs: 3_600_000 });
    expect((await world.apply(plan)).exitCode).toBe(1);
    expect(await digests()).toEqual(right);
  });

  it('does not remember a file that changed just before it was read', async () => {
    world.worktree('quest', 'datasets/file.csv', csv('file'));
    await world.row({ id: 'file', path: 'datasets/file.csv' });
    await world.plan({ aheadMs: -3_600_000 });
    expect(existsSync(join(world.cache().directory, 'memory.json'))).toBe(false);
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

describe('what was not read while planning', () => {
  it.each([
    ['an error page', '<!doctype html><html>Sign in</html>', 'rejected'],
    ['a table that was cut', 'gene,value\nA,1\nB', 'needs_review'],
  ])('%s is proposed as unread, refused, and never proposed again', async (_, content, later) => {
    world.archive(KEY, { 'datasets/liver.csv': content });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan({ cacheBytes: 4 });
    expect(planRow(plan, 'liver')).toMatchObject({
      status: 'to_bind',
      explanation: expect.stringContaining('Its content was not read during planning: apply reads it'),
    });
    expect(world.findings).toMatchObject([
      { code: 'cache.full', message: expect.stringContaining('1 file was not read') },
    ]);
    expect((await world.apply(plan, { cacheBytes: 4 })).exitCode).toBe(1);
    expect(world.findings.at(-1)).toMatchObject({ code: 'content.check_failed', subject: 'liver' });
    const next = (await world.plan({ cacheBytes: 4 })).plan;
    expect(planRow(next, 'liver').status).toBe(later);
    expect(world.archiveReads()).toHaveLength(1);
  });

  it('the small files are read first, so that a large one hides no stand-in', async () => {
    world.archive(KEY, {
      'datasets/liver.csv': csv('liver '.repeat(1000)),
      'datasets/kidney.csv': '<!doctype html>',
    });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    await world.row({ id: 'kidney', path: 'datasets/kidney.csv' });
    const { plan } = await world.plan({ cacheBytes: 1000 });
    expect(planRow(plan, 'kidney').status).toBe('rejected');
    expect(world.progress.at(-1)).toMatchObject({ unit: 'members', done: 1, total: 1 });
    expect(planRow(plan, 'liver')).toMatchObject({
      status: 'to_bind',
      explanation: expect.stringContaining('not read'),
    });
  });

  it('a cache that cannot be written says nothing about the file', async () => {
    world.archive(KEY, { 'datasets/liver.csv': csv('liver') });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    world.file('cache', 'in the place of the directory');
    const { plan } = await world.plan();
    expect(planRow(plan, 'liver').status).toBe('to_bind');
    expect(world.findings).toMatchObject([
      { code: 'cache.full', message: expect.stringContaining('cannot be written') },
    ]);
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
