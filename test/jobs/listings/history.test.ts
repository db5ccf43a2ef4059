import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/core/failure.js';
import { compileGlob } from '../../../src/core/glob.js';
import { parseAllowlist } from '../../../src/jobs/listings/judge/allowlist.js';
import type { VerifyTarget } from '../../../src/jobs/listings/options.js';
import { MemoryFindings, type MemoryLedger } from '../../support/ledger.js';
import { type FakeBucketOptions, type FakeObject, NOW_MS, TWO_DAYS_AGO_MS } from '../../support/lister.js';
import { caseCount } from '../../support/property-runs.js';
import { type Verified, verifyBucket } from './world.js';

const GOOD = ['h1/good.tar', 'h1/good.tar.list.txt'];
const young = (key: string): FakeObject => ({ key, lastModifiedMs: NOW_MS - 60_000 });
const empty = (key: string): FakeObject => ({ key, sizeBytes: 0 });

let findings: MemoryFindings;
let runs: Verified[];
let ledger: MemoryLedger;
beforeEach(() => {
  findings = new MemoryFindings();
  runs = [];
});

/** One more run on the same scope; each is settled, and is the next one's last complete run if it was complete. */
async function run(
  objects: (FakeObject | string)[],
  options: Partial<VerifyTarget> = {},
  bucket: FakeBucketOptions = {},
): Promise<Verified> {
  ledger = findings.begin();
  const last = runs.findLast(({ outcome }) => outcome.status === 'ok' || outcome.status === 'findings');
  const lastComplete = { finishedAt: new Date(NOW_MS), summary: { ...last?.outcome.summary } };
  const ports = { findings: ledger, ...(last ? { lastComplete } : {}) };
  const verified = await verifyBucket(objects, options, ports, bucket);
  const compared = ledger.compare(verified.outcome.completePrefixes);
  const { new: fresh, still, resolved } = verified.outcome.summary;
  expect({ fresh, still, resolved }).toEqual({
    fresh: compared.new,
    still: compared.still,
    resolved: compared.resolved,
  });
  ledger.settle(verified.outcome.completePrefixes, new Date(NOW_MS + runs.length));
  runs.push(verified);
  return verified;
}

describe('an archive younger than the grace', () => {
  it('is pending once, and checked the second time', async () => {
    const objects = [...GOOD, young('h1/a.tar')];
    expect((await run(objects)).outcome).toMatchObject({ exitCode: 0, summary: { pending: 1, missing: 0 } });
    expect((await run(objects)).outcome).toMatchObject({
      exitCode: 1,
      summary: { pending: 0, missing: 1, new: 1 },
    });
    expect(findings.ended).toEqual([
      { code: 'listing.pending', subject: 's3://bucket/h1/a.tar', resolution: 'superseded' },
    ]);
  });

  it('is not pending again if its listing was already missing before the archive was rewritten', async () => {
    await run([...GOOD, 'h1/a.tar']);
    expect((await run([...GOOD, young('h1/a.tar')])).outcome.summary).toMatchObject({ missing: 1, still: 1 });
  });

  it('is pending again when the run before could not be finished', async () => {
    const objects = [...GOOD, young('h1/a.tar')];
    await run(objects, { canary: 'no/canary.tar' });
    expect((await run(objects)).outcome.summary.pending).toBe(1);
  });

  it('is pending in every run without a registry, and a note says so', async () => {
    const { events, outcome } = await verifyBucket([...GOOD, young('h1/a.tar')]);
    expect(outcome.summary).toMatchObject({ pending: 1, new: null, still: null, resolved: null });
    expect(events.some((e) => e.type === 'note' && e.message.includes('without a registry'))).toBe(true);
  });

  it('has its index checked the second time too', async () => {
    const objects = [...GOOD, 'h1/good.tar.salvor-index', young('h1/a.tar'), young('h1/a.tar.list.txt')];
    const options = { requireIndex: true };
    expect((await run(objects, options)).codes).toEqual(['index.pending']);
    expect((await run(objects, options)).codes).toEqual(['index.missing']);
  });
});

describe('against the last complete run', () => {
  it('violations are new, then still open, then resolved with the reason', async () => {
    expect((await run([...GOOD, 'h1/a.tar', 'h2/b.tar'])).outcome.summary).toMatchObject({
      new: 2,
      still: 0,
      resolved: 0,
    });
    const second = await run([...GOOD, 'h1/a.tar', 'h2/b.tar', 'h2/c.tar']);
    expect(second.outcome.summary).toMatchObject({ new: 1, still: 2, resolved: 0 });
    const third = await run([...GOOD, 'h1/a.tar', 'h1/a.tar.list.txt', 'h2/b.tar'], {
      allowlist: parseAllowlist('h2/b.tar', 'f'),
    });
    expect(third.outcome.summary).toMatchObject({ new: 0, still: 0, resolved: 3 });
    expect(third.outcome.summary.partitions.map(({ name, resolved }) => [name, resolved])).toEqual([
      ['h1', 1],
      ['h2', 2],
    ]);
    expect(findings.ended).toEqual([
      { code: 'listing.missing', subject: 's3://bucket/h1/a.tar', resolution: 'listing_written' },
      { code: 'listing.missing', subject: 's3://bucket/h2/b.tar', resolution: 'exempted' },
      { code: 'listing.missing', subject: 's3://bucket/h2/c.tar', resolution: 'archive_gone' },
    ]);
  });

  it('an empty listing instead of none is the same gap, with the same age and baseline', async () => {
    await run([...GOOD, 'h1/a.tar']);
    findings.acceptBaseline();
    const { outcome, findings: told } = await run([...GOOD, 'h1/a.tar', empty('h1/a.tar.list.txt')], {
      failOn: 'new',
    });
    expect(outcome).toMatchObject({ exitCode: 0, summary: { too_small: 1, new: 0, still: 1 } });
    expect(told[0]?.detail?.first_seen_at).toBe(new Date(NOW_MS).toISOString());
  });

  it('resolved findings belong to the innermost partition', async () => {
    const options = { partitionDepth: 2 };
    await run([...GOOD, 'h1/x.tar', 'h1/daily/y.tar', 'h1/daily/z.tar'], options);
    const { outcome } = await run([...GOOD, 'h1/x.tar', 'h1/daily/y.tar', 'h1/x.tar.list.txt'], options);
    expect(outcome.summary.partitions.map(({ name, resolved }) => [name, resolved])).toEqual([
      ['h1', 1],
      ['h1/daily', 1],
    ]);
  });

  it('open findings are not queried if there are none', async () => {
    await run(GOOD);
    expect(ledger.lookUps).toBe(0);
  });
});

describe('--fail-on new', () => {
  it('without a baseline every violation counts', async () => {
    expect((await run([...GOOD, 'h1/a.tar'], { failOn: 'new' })).outcome.exitCode).toBe(1);
    expect((await run([...GOOD, 'h1/a.tar'], { failOn: 'new' })).outcome.exitCode).toBe(1);
  });

  it('allows a backlog to shrink but never to grow', async () => {
    const options = { failOn: 'new' as const };
    await run([...GOOD, 'h1/a.tar', 'h1/b.tar'], options);
    findings.acceptBaseline();
    expect((await run([...GOOD, 'h1/a.tar', 'h1/b.tar'], options)).outcome.exitCode).toBe(0);
    expect((await run([...GOOD, 'h1/a.tar'], options)).outcome).toMatchObject({
      exitCode: 0,
      summary: { violations: 1 },
    });
    const grown = await run([...GOOD, 'h1/a.tar', 'h1/b.tar'], options);
    expect(grown.outcome).toMatchObject({
      exitCode: 1,
      summary: { targets: [{ violations: 2, counted: 1 }] },
    });
  });
});

describe('a partition that is gone', () => {
  it('stays an error in every run until it is back', async () => {
    const two = [...GOOD, 'h2/a.tar', 'h2/a.tar.list.txt'];
    await run(two);
    for (const _ of [1, 2, 3]) {
      const gone = await run(GOOD);
      expect(gone.codes).toEqual(['partition.vanished']);
      expect(gone.outcome.exitCode).toBe(1);
      expect(gone.outcome.summary.partitions.map(({ name, state }) => [name, state])).toEqual([
        ['h1', 'complete'],
        ['h2', 'vanished'],
      ]);
    }
    expect((await run(two)).codes).toEqual([]);
  });

  it('is gone if only unrecognized keys are left in it, and they are still counted', async () => {
    await run([...GOOD, 'h2/a.tar', 'h2/a.tar.list.txt']);
    const { codes, outcome } = await run([...GOOD, 'h2/readme.txt']);
    expect(codes).toEqual(['partition.vanished']);
    expect(outcome.summary).toMatchObject({ keys_scanned: 3, other: 1 });
    expect(outcome.summary.partitions[1]).toMatchObject({ name: 'h2', state: 'vanished', keys_scanned: 1 });
  });

  it('is not looked for under another partition depth', async () => {
    await run([...GOOD, 'h2/a.tar', 'h2/a.tar.list.txt']);
    expect((await run(GOOD, { partitionDepth: 0 })).codes).toEqual([]);
  });

  it.each([
    [20, 19, []],
    [20, 18, ['archive.vanished']],
    [20, 21, []],
  ])('of %s archives %s are left: %j', async (before, after, expected) => {
    const archives = (n: number) =>
      Array.from({ length: n }, (_, i) => [`h1/${i}.tar`, `h1/${i}.tar.list.txt`]).flat();
    await run(archives(before));
    const { codes, outcome } = await run(archives(after));
    expect(codes).toEqual(expected);
    expect(outcome.exitCode).toBe(0);
  });
});

describe('a store that hides the end of its listing', () => {
  const archives = (host: string, n: number): string[] =>
    Array.from({ length: n }, (_, i) => [`${host}/${10 + i}.tar`, `${host}/${10 + i}.tar.list.txt`]).flat();
  const open = () => [...findings.open.values()].map(({ code, subject }) => `${code} ${subject}`);

  const hidden = { key: 'h1/z.tar', sizeBytes: 10, lastModifiedMs: TWO_DAYS_AGO_MS };

  it('ends no error: each archive with an open finding that is not listed is looked up', async () => {
    await run([...archives('h1', 10), 'h1/z.tar', ...archives('h2', 2), 'h2/z.tar']);
    const before = open();
    expect(before).toHaveLength(2);
    const shorter = [...archives('h1', 5), ...archives('h2', 2), 'h2/z.tar', 'h2/z.tar.list.txt'];
    // However often the listing is cut short.
    for (let night = 0; night < 3; night += 1) {
      const { outcome } = await run(shorter, {}, { hidden: [hidden] });
      expect(outcome.exitCode).toBe(3);
      expect(outcome.failures).toMatchObject([
        { code: 'store.listing_broken', message: expect.stringContaining('s3://bucket/h1/z.tar') },
      ]);
      expect(open()).toEqual(expect.arrayContaining(before));
    }
    const { codes } = await run(shorter);
    expect(codes).toEqual(['archive.vanished']);
    expect(open()).toEqual(['archive.vanished s3://bucket/h1/']);
  });

  it('ends no error of any code about one archive', async () => {
    const shown = [
      ...GOOD,
      'h1/z.tar',
      { key: 'h1/z.tar.list.txt', lastModifiedMs: TWO_DAYS_AGO_MS - 86_400_000 * 9 },
    ];
    await run(shown, { stale: 'fail' });
    expect(open()).toEqual(['listing.stale s3://bucket/h1/z.tar']);
    const { outcome } = await run(GOOD, { stale: 'fail' }, { hidden: [hidden] });
    expect(outcome).toMatchObject({ exitCode: 3, failures: [{ code: 'store.listing_broken' }] });
    expect(open()).toContain('listing.stale s3://bucket/h1/z.tar');
  });

  it.each<[string, string, Partial<VerifyTarget>]>([
    ['the listings have another suffix', 'h1/good.tar.lst', { listingSuffix: '.lst' }],
    ['the pattern of archives leaves it out', 'h1/other.tar', { archivePattern: /good\.tar$/ }],
    ['it is the canary', 'h1/other.tar', { canary: 'h1/other.tar' }],
  ])('takes nothing for hidden that is not reported any more: %s', async (_, key, options) => {
    await run([...GOOD, key]);
    expect(open()).toHaveLength(1);
    const { outcome } = await run([...GOOD, key], options);
    expect(outcome.failures).toEqual([]);
    expect(open().filter((one) => one.endsWith(key))).toEqual([]);
  });

  it('ends no error where the store cannot be asked', async () => {
    await run([...GOOD, 'h1/z.tar']);
    const lookUp = () => {
      throw new Failure('store.denied', 'no');
    };
    const { outcome } = await run(GOOD, {}, { lookUp });
    expect(outcome).toMatchObject({ exitCode: 3, failures: [{ code: 'store.denied' }] });
    expect(open()).toContain('listing.missing s3://bucket/h1/z.tar');
  });
});

describe('a series that has stopped', () => {
  const DAY_MS = 86_400_000;
  const at = (key: string, days: number): FakeObject[] => [
    { key, lastModifiedMs: NOW_MS - days * DAY_MS },
    { key: `${key}.list.txt`, lastModifiedMs: NOW_MS - days * DAY_MS },
  ];
  const fresh = at('h1/files-1.tar', 0);
  const open = () => [...findings.open.values()].map(({ code, subject }) => `${code} ${subject}`);
  const stopped = ['archive.backup_overdue s3://bucket/h1/db-#.tar'];

  it('stays overdue after retention has deleted its last archive, until it is back or retired', async () => {
    const options = { maxAgeMs: 3 * DAY_MS, maxVanished: 1 };
    await run([...fresh, ...at('h1/db-1.tar', 5)], options);
    expect(open()).toEqual(stopped);
    for (let night = 0; night < 3; night += 1) {
      const { outcome, findings: told } = await run(fresh, options);
      expect(outcome.exitCode).toBe(1);
      expect(told.map(({ message }) => message)).toEqual([
        'no archive of this series is left; the newest one was made 5d ago',
      ]);
      expect(open()).toEqual(stopped);
    }
    await run([...fresh, ...at('h1/db-2.tar', 1)], options);
    expect(open()).toEqual([]);
    await run(fresh, { ...options, maxAgeMs: DAY_MS / 2 });
    expect(open()).toEqual(stopped);
    const glob = compileGlob('h1/db-#.tar');
    if ('problem' in glob) throw new Error(glob.problem);
    const { outcome } = await run(fresh, { ...options, maxAgeMs: DAY_MS / 2, retired: [glob] });
    expect([outcome.exitCode, open()]).toEqual([0, []]);
    expect(outcome.summary.partitions[0]?.series.map(({ name }) => name)).toEqual(['files-#.tar']);
  });
});

describe('a registry that goes away in the middle', () => {
  it.each(['openCount', 'open', 'stage', 'stageResolution', 'resolved'] as const)(
    'at %s leaves the result, exit 3, and no history',
    async (method) => {
      await run([...GOOD, 'h1/a.tar', 'h1/b.tar']);
      const lost = findings.begin();
      lost[method] = async () => {
        throw new Failure('registry.unavailable', 'the server closed the connection');
      };
      const { outcome, codes } = await verifyBucket(
        [...GOOD, 'h1/a.tar', 'h1/b.tar', 'h1/b.tar.list.txt'],
        {},
        { findings: lost },
      );
      expect(outcome).toMatchObject({
        exitCode: 3,
        status: 'incomplete',
        summary: { missing: 1, present: 2, new: null, still: null, resolved: null },
      });
      expect(codes).toEqual(['listing.missing', 'registry.unavailable']);
    },
  );
});

it("the counts of any series of runs match the ledger's own comparison", async () => {
  const key = fc.constantFrom('h1/a.tar', 'h1/b.tar', 'h2/a.tar', 'h2/a.tar.gz');
  const state = fc.constantFrom<[string, number][]>(
    [],
    [['', 5]],
    [
      ['', 5],
      ['.list.txt', 5],
    ],
    [
      ['', 5],
      ['.list.txt', 0],
    ],
  );
  const bucket = fc
    .dictionary(key, state)
    .map((entries) =>
      Object.entries(entries).flatMap(([name, parts]) =>
        parts.map(([suffix, sizeBytes]) => ({ key: `${name}${suffix}`, sizeBytes })),
      ),
    );
  await fc.assert(
    fc.asyncProperty(fc.array(bucket, { minLength: 2, maxLength: 5 }), async (buckets) => {
      findings = new MemoryFindings();
      runs = [];
      for (const objects of buckets) await run([...GOOD, ...objects]);
      expect(runs).toHaveLength(buckets.length);
    }),
    { numRuns: caseCount(200) },
  );
});
