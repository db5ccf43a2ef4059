import { describe, expect, it } from 'vitest';
import { listingCodes } from '../../../src/core/codes/listings.js';
import { Failure } from '../../../src/core/failure.js';
import { compileGlob } from '../../../src/core/glob.js';
import { parseAllowlist } from '../../../src/jobs/listings/judge/allowlist.js';
import type { VerifyTarget } from '../../../src/jobs/listings/options.js';
import type { VerifyPorts } from '../../../src/jobs/listings/ports.js';
import { MemoryFindings } from '../../support/ledger.js';
import { type FakeBucketOptions, FakeLister, type FakeObject, NOW_MS } from '../../support/lister.js';
import { type Verified, verifyBucket, verifyStores } from './world.js';

interface Fixture {
  objects: (FakeObject | string)[];
  options?: Partial<VerifyTarget>;
  ports?: Partial<VerifyPorts>;
  bucket?: FakeBucketOptions;
  /** The codes of all findings, sorted; the code itself where it is alone. */
  codes?: string[];
  subject: string;
  exitCode: number;
}

const good = ['h1/good.tar.gz', 'h1/good.tar.gz.list.txt'];
const young = NOW_MS - 60_000;
const lastSummary = (archives: number): VerifyPorts['lastComplete'] => ({
  finishedAt: new Date(NOW_MS - 86_400_000),
  summary: {
    targets: [{ url: 's3://bucket/', partition_depth: 1 }],
    partitions: [{ name: 'h1', url: 's3://bucket/', state: 'complete', archives_total: archives }],
  },
});

/** One broken bucket for every finding and failure that a bucket can cause: the code, and nothing else. */
const broken: Record<string, Fixture> = {
  'listing.missing': { objects: [...good, 'h1/a.tar'], subject: 's3://bucket/h1/a.tar', exitCode: 1 },
  'listing.too_small': {
    objects: [...good, 'h1/a.tar', { key: 'h1/a.tar.list.txt', sizeBytes: 0 }],
    subject: 's3://bucket/h1/a.tar',
    exitCode: 1,
  },
  'listing.pending': {
    objects: [...good, { key: 'h1/a.tar', lastModifiedMs: young }],
    subject: 's3://bucket/h1/a.tar',
    exitCode: 0,
  },
  'listing.stale': {
    objects: [...good, { key: 'h1/a.tar', lastModifiedMs: young }, 'h1/a.tar.list.txt'],
    subject: 's3://bucket/h1/a.tar',
    exitCode: 0,
  },
  'listing.orphan': {
    objects: [...good, 'h1/a.tar.list.txt'],
    subject: 's3://bucket/h1/a.tar.list.txt',
    exitCode: 0,
  },
  'index.orphan': {
    objects: [...good, 'h1/a.tar.salvor-index'],
    subject: 's3://bucket/h1/a.tar.salvor-index',
    exitCode: 0,
  },
  'index.missing': {
    objects: good,
    options: { requireIndex: true },
    subject: 's3://bucket/h1/good.tar.gz',
    exitCode: 1,
  },
  'index.pending': {
    objects: [{ key: 'h1/a.tar', lastModifiedMs: young }, 'h1/a.tar.list.txt'],
    options: { requireIndex: true, stale: 'off' },
    subject: 's3://bucket/h1/a.tar',
    exitCode: 0,
  },
  'archive.unrecognised': {
    objects: [...good, 'h1/a.tar.gz.gpg'],
    subject: 's3://bucket/h1/a.tar.gz.gpg',
    exitCode: 0,
  },
  'archive.future': {
    objects: [
      ...good,
      { key: 'h1/a.tar', lastModifiedMs: NOW_MS + 30 * 86_400_000 },
      { key: 'h1/a.tar.list.txt', lastModifiedMs: NOW_MS + 30 * 86_400_000 },
    ],
    subject: 's3://bucket/h1/a.tar',
    exitCode: 1,
  },
  'archive.empty': {
    objects: [...good, { key: 'h1/a.tar', sizeBytes: 0 }, 'h1/a.tar.list.txt'],
    subject: 's3://bucket/h1/a.tar',
    exitCode: 1,
  },
  'archive.cold': {
    objects: [...good, { key: 'h1/a.tar', storageClass: 'GLACIER' }, 'h1/a.tar.list.txt'],
    subject: 's3://bucket/h1/a.tar',
    exitCode: 0,
  },
  'archive.backup_overdue': {
    objects: good,
    options: { maxAgeMs: 26 * 3_600_000 },
    subject: 's3://bucket/h1/good.tar.gz',
    exitCode: 1,
  },
  'archive.vanished': {
    objects: good,
    ports: { lastComplete: lastSummary(2) as never },
    subject: 's3://bucket/h1/',
    exitCode: 0,
  },
  'partition.vanished': {
    objects: ['h2/a.tar', 'h2/a.tar.list.txt'],
    ports: { lastComplete: lastSummary(2) as never },
    subject: 's3://bucket/h1/',
    exitCode: 1,
  },
  'allowlist.unused': {
    objects: good,
    options: { allowlist: parseAllowlist('gone.tar', 'backlog.txt') },
    subject: 'backlog.txt:1',
    exitCode: 0,
  },
  'canary.not_found': {
    objects: good,
    options: { canary: 'canary/none.tar' },
    subject: 's3://bucket/canary/none.tar',
    exitCode: 3,
  },
  'canary.has_listing': {
    objects: [...good, 'canary/none.tar', { key: 'canary/none.tar.list.txt', sizeBytes: 0 }],
    options: { canary: 'canary/none.tar' },
    subject: 's3://bucket/canary/none.tar',
    exitCode: 3,
  },
  'listings.empty_prefix': { objects: [], subject: 's3://bucket/', exitCode: 3 },
  'listings.no_archives': { objects: ['readme.txt'], subject: 's3://bucket/', exitCode: 3 },
  'listings.too_many_partitions': {
    objects: Array.from({ length: 10_001 }, (_, i) => `h${i}/a.tar`),
    options: { sinceMs: NOW_MS },
    subject: 's3://bucket/',
    exitCode: 3,
  },
  'series.too_many': {
    objects: Array.from({ length: 10_001 }, (_, i) => `h1/${letters(i)}.tar`),
    options: { sinceMs: NOW_MS, maxAgeMs: 90 * 86_400_000 },
    subject: 's3://bucket/',
    exitCode: 3,
  },
};

/** A name without digits: a series of its own. */
function letters(i: number): string {
  return i.toString().replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
}

/** Invalid options, which are refused before anything is listed. */
const refused: Record<string, () => unknown> = {
  'allowlist.bad_glob': () => parseAllowlist('a***b', 'backlog.txt'),
  'canary.not_an_archive': () => verifyBucket(good, { canary: 'canary/readme' }),
  'listings.bad_template': () => verifyBucket(good, { listingSuffix: '' }),
  'listings.overlapping_targets': () =>
    verifyStores([new FakeLister(good), new FakeLister(good, { prefix: 'h1/' })]),
};

/** No bucket and no option causes it: only a defect of the program does. `accounting.test.ts` breaks the sums. */
const defects = ['run.accounting'];

/** Errors about an archive by itself; that a series has stopped is no fact about its newest archive. */
function isOfOneArchive(code: string): boolean {
  const isOfArchive = /^(?:archive|listing|index)\./.test(code) && code !== 'archive.backup_overdue';
  return isOfArchive && listingCodes[code]?.kind === 'error';
}

describe('every code of the verifier', () => {
  it('has a broken fixture', () => {
    const tested = [...Object.keys(broken), ...Object.keys(refused), ...defects];
    expect(tested.sort(), 'add a bucket to `broken` for each new code').toEqual(
      Object.keys(listingCodes).sort(),
    );
  });

  it.each(Object.entries(broken))(
    '%s comes alone, with its subject and its exit code',
    async (code, fixture) => {
      const { objects, options = {}, ports = {}, bucket = {}, subject, exitCode } = fixture;
      const { findings, outcome, codes } = await verifyBucket(objects, options, ports, bucket);
      expect(
        codes,
        `isInOrder in judge/count-archive.ts decides whether an archive has findings at all`,
      ).toEqual([code]);
      expect(findings[0]?.subject).toBe(subject);
      expect(outcome.exitCode).toBe(exitCode);
      const kind = listingCodes[code]?.kind;
      expect(findings[0]?.severity).toBe(kind === 'failure' ? 'error' : kind);
      expect(outcome.failures.map((failure) => failure.code)).toEqual(kind === 'failure' ? [code] : []);
    },
  );

  it.each(Object.entries(broken).filter(([code]) => isOfOneArchive(code)))(
    '%s is no error for an archive on the allowlist',
    async (_, { objects, options = {}, subject }) => {
      const allowlist = parseAllowlist(subject.replace('s3://bucket/', ''), 'backlog.txt');
      const { findings } = await verifyBucket(objects, { ...options, allowlist });
      const errors = findings.filter((found) => found.severity === 'error').map(({ code }) => code);
      expect(errors, 'needsExcuse in judge/archive-evidence.ts must include what is wrong').toEqual([]);
    },
  );

  it.each(Object.entries(refused))('%s is refused with exit code 2', async (code, attempt) => {
    let thrown: unknown;
    try {
      await attempt();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Failure);
    expect(thrown).toMatchObject({ code, exitCode: 2 });
  });
});

describe('options', () => {
  const verify = (objects: (FakeObject | string)[], options: Partial<VerifyTarget>): Promise<Verified> =>
    verifyBucket(objects, options);
  const staleObjects = [...good, { key: 'h1/a.tar', lastModifiedMs: young }, 'h1/a.tar.list.txt'];
  const glob = (text: string) => {
    const compiled = compileGlob(text);
    if ('problem' in compiled) throw new Error(compiled.problem);
    return compiled;
  };

  it('--stale fail makes a stale listing a violation, but not one that is excused', async () => {
    const failed = await verify(staleObjects, { stale: 'fail' });
    expect(failed.outcome).toMatchObject({ exitCode: 1, summary: { stale: 1, violations: 1, present: 2 } });
    expect(failed.findings[0]?.severity).toBe('error');
    const excused = await verify(staleObjects, { stale: 'fail', allowlist: parseAllowlist('h1/a.tar', 'f') });
    expect(excused.outcome).toMatchObject({ exitCode: 0, summary: { stale: 1, violations: 0 } });
    expect(excused.findings[0]?.severity).toBe('warning');
  });

  it('--stale off neither reports nor counts', async () => {
    const { codes, outcome } = await verify(staleObjects, { stale: 'off' });
    expect(codes).toEqual([]);
    expect(outcome.summary.stale).toBe(0);
  });

  it('--strict makes an unrecognised archive a violation', async () => {
    const { outcome, findings } = await verify([...good, 'h1/a.tar.gz.1'], { strict: true });
    expect(outcome).toMatchObject({ exitCode: 1, summary: { unrecognised: 1, violations: 1, missing: 0 } });
    expect(findings[0]?.severity).toBe('error');
  });

  it('--max-missing N allows N violations, but not N + 1', async () => {
    const objects = [...good, 'h1/a.tar', 'h1/b.tar'];
    expect((await verify(objects, { maxMissing: 2 })).outcome.exitCode).toBe(0);
    expect((await verify(objects, { maxMissing: 1 })).outcome.exitCode).toBe(1);
  });

  it('--min-size counts a listing of exactly that size as present', async () => {
    const objects = [...good, 'h1/a.tar', { key: 'h1/a.tar.list.txt', sizeBytes: 100 }];
    expect((await verify(objects, { minSizeBytes: 10 })).outcome.summary.too_small).toBe(0);
    expect((await verify(objects, { minSizeBytes: 101 })).outcome.summary.too_small).toBe(2);
  });

  it('--since exempts what is strictly older, by the key where a pattern finds a day', async () => {
    const objects = ['h1/a-2026-05-01.tar', 'h1/b-2026-05-02.tar', 'h1/c.tar'];
    const { outcome } = await verify(objects, {
      sinceMs: Date.UTC(2026, 4, 2),
      datePattern: /(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)/u,
    });
    expect(outcome.summary).toMatchObject({
      exempt: 1,
      exempt_by_cutoff: 1,
      exempt_by_allowlist: 0,
      missing: 2,
      dated_by_key: 2,
      dated_by_last_modified: 1,
    });
  });

  it('an exempt archive whose listing is orphaned by name elsewhere leaves the orphan a warning', async () => {
    const { codes, outcome } = await verify([...good, 'h1/old.tar', 'h1/older.tar.list.txt'], {
      allowlist: parseAllowlist('h1/old*.tar', 'f'),
    });
    expect(codes).toEqual(['listing.orphan']);
    expect(outcome.summary).toMatchObject({ exempt: 1, exempt_by_allowlist: 1, orphan_listings: 1 });
  });

  it('--require-index excuses what is exempt', async () => {
    const { outcome, codes } = await verify(good, { requireIndex: true, sinceMs: NOW_MS });
    expect(codes).toEqual([]);
    expect(outcome.summary).toMatchObject({ present: 1, index_missing: 0 });
  });

  it('retired series are not overdue, retired partitions are not missed', async () => {
    const overdue = { maxAgeMs: 3_600_000, retired: [glob('h1/*')] };
    expect((await verify(good, overdue)).codes).toEqual([]);
    const lastComplete = lastSummary(5);
    const gone = await verifyBucket(
      ['h2/a.tar', 'h2/a.tar.list.txt'],
      { retired: [glob('h1/**')] },
      {
        ...(lastComplete === undefined ? {} : { lastComplete }),
      },
    );
    expect(gone.codes).toEqual([]);
  });

  it('the canary is counted only among the keys, and its partition is not a partition', async () => {
    const { outcome, codes } = await verify([...good, 'canary/none.tar'], { canary: 'canary/none.tar' });
    expect(codes).toEqual([]);
    expect(outcome.summary).toMatchObject({
      archives_total: 1,
      present: 1,
      missing: 0,
      canaries: 1,
      keys_scanned: 3,
    });
    expect(outcome.summary.partitions.map(({ name }) => name)).toEqual(['h1']);
    expect(outcome.completePrefixes).toEqual(['s3://bucket/']);
  });

  it('a failed canary settles nothing', async () => {
    const { outcome } = await verify(good, { canary: 'canary/none.tar' });
    expect(outcome).toMatchObject({ status: 'incomplete', completePrefixes: [] });
  });

  it('a canary whose index was built proves nothing either', async () => {
    const { codes } = await verify([...good, 'canary/none.tar', 'canary/none.tar.salvor-index'], {
      canary: 'canary/none.tar',
    });
    expect(codes).toEqual(['canary.has_listing']);
  });

  it('an archive dated ahead of the server by more than the grace is judged', async () => {
    const { codes } = await verify([...good, { key: 'h1/a.tar', lastModifiedMs: NOW_MS + 7_200_000 }], {});
    expect(codes).toEqual(['archive.future', 'listing.missing']);
  });

  it('too many series without --max-age are only combined', async () => {
    const objects = Array.from({ length: 10_002 }, (_, i) => `h1/${letters(i)}.tar`);
    const { outcome, events } = await verify(objects, { sinceMs: NOW_MS });
    expect(outcome.exitCode).toBe(0);
    expect(outcome.summary.partitions[0]?.series).toHaveLength(10_001);
    expect(
      outcome.summary.partitions[0]?.series.find(({ name }) => name === '(further series)')?.archives,
    ).toBe(2);
    expect(events.some((event) => event.type === 'note' && event.level === 'warning')).toBe(true);
  });

  it('an allowlist for two stores is judged over both', async () => {
    const file = 'h1/a.tar\nh2/a.tar\nh3/a.tar\n';
    const stores = ['h1/', 'h2/'].map((prefix) => new FakeLister([`${prefix}a.tar`], { prefix }));
    const lists = stores.map(() => parseAllowlist(file, 'backlog.txt'));
    const { findings } = await verifyStores(stores, {}, {}, (i) => ({
      allowlist: lists[i] ?? parseAllowlist('', ''),
    }));
    expect(findings.map(({ subject }) => subject)).toEqual(['backlog.txt:3']);
  });
});

it('a finding of an earlier run shows its age, and a new one is marked as new', async () => {
  const findings = new MemoryFindings();
  const first = findings.begin();
  const one = await verifyBucket([...good, 'h1/a.tar'], {}, { findings: first });
  expect(one.findings[0]?.detail).toMatchObject({ new: true, partition: 'h1', series: 'a.tar' });
  first.settle(one.outcome.completePrefixes, new Date(NOW_MS));
  const two = await verifyBucket([...good, 'h1/a.tar'], {}, { findings: findings.begin() });
  expect(two.findings[0]?.detail).toMatchObject({
    new: false,
    first_seen_at: new Date(NOW_MS).toISOString(),
  });
});
