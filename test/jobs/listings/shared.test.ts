import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LAST_CHARACTER } from '../../../src/core/bytes.js';
import { Failure } from '../../../src/core/failure.js';
import { StopRequest } from '../../../src/core/stop.js';
import type { RangeUnit } from '../../../src/jobs/listings/distributed/range-report.js';
import { parseAllowlist } from '../../../src/jobs/listings/judge/allowlist.js';
import { defaultTarget, type VerifyTarget } from '../../../src/jobs/listings/options.js';
import type { VerifyPorts } from '../../../src/jobs/listings/ports.js';
import { MemoryFindings } from '../../support/ledger.js';
import { type FakeBucketOptions, FakeLister, type FakeObject, NOW_MS } from '../../support/lister.js';
import { caseCount } from '../../support/property-runs.js';
import { InProcessDistributor, type WorkerInProcess } from '../../support/worker-in-process.js';
import { type Verified, verifyStores } from './world.js';

const HOUR_MS = 3_600_000;

interface Case {
  objects: readonly (FakeObject | string)[];
  bucket?: FakeBucketOptions;
  options?: () => Partial<VerifyTarget>;
  findings?: MemoryFindings;
  ports?: Partial<VerifyPorts>;
}

interface SharedCase extends Case {
  sizes?: { firstKeys: number; unitKeys: number };
  worker?: Partial<WorkerInProcess>;
}

const optionsOf = (one: Case): Partial<VerifyTarget> => one.options?.() ?? {};

async function alone(one: Case): Promise<Verified> {
  const ledger = one.findings?.begin();
  const ports = { ...one.ports, ...(ledger ? { findings: ledger } : {}) };
  return verifyStores([new FakeLister(one.objects, one.bucket)], optionsOf(one), ports);
}

async function shared(one: SharedCase): Promise<Verified & { distributor: InProcessDistributor }> {
  const lister = new FakeLister(one.objects, one.bucket);
  const distributor = new InProcessDistributor({
    target: (url) => ({ ...defaultTarget(url), ...optionsOf(one) }),
    lister: () => lister,
    openSubjects: async (subjects) =>
      new Set(
        [...(one.findings?.open.values() ?? [])].map((f) => f.subject).filter((s) => subjects.includes(s)),
      ),
    choose: () => 0,
    ...one.worker,
  });
  const sizes = one.sizes ?? { firstKeys: 5, unitKeys: 20 };
  const ledger = one.findings?.begin();
  const verified = await verifyStores([lister], optionsOf(one), {
    ...one.ports,
    ...(ledger ? { findings: ledger } : {}),
    sharing: { distributor, retryCommand: 'again', sizes, needsOf: async () => ({}) },
  });
  return { ...verified, distributor };
}

/** What a run says, but for the requests that it took, and the order in which it found things. */
function said({ outcome, findings }: Verified) {
  const { list_requests: _, ...summary } = outcome.summary;
  return { ...outcome, summary, findings: findings.map((finding) => JSON.stringify(finding)).sort() };
}

const object = fc.record({
  key: fc
    .tuple(
      fc.constantFrom(
        '',
        'h1/',
        'h2/',
        'h2/daily/',
        'h3.tar/',
        'h\0/',
        `h1/${LAST_CHARACTER}`,
        `${LAST_CHARACTER}/`,
      ),
      fc.constantFrom('', '/', 'a', 'b', 'a.tar', 'b-2026', '\u{1F600}', '\uFF5E', 'canary'),
      fc.constantFrom('', '1', '2', '3'),
      fc.constantFrom('', '.tar', '.tar.gz', '.TGZ', '.gz', '.tar.gz.gpg'),
      fc.constantFrom('', '', '.list.txt', '.salvor-index', '.bak'),
    )
    .map((parts) => `p/${parts.join('')}`),
  sizeBytes: fc.constantFrom(0, 1, 500),
  lastModifiedMs: fc.integer({ min: 0, max: 24 * 14 }).map((half) => NOW_MS - half * HOUR_MS),
});
const bucketOf = (maxLength: number) =>
  fc.uniqueArray(object, { selector: ({ key }) => key, minLength: 1, maxLength });

describe('a verification that is shared', () => {
  it('reports what one machine reports for any bucket, however it is split and in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        bucketOf(80),
        fc.record({
          pageSize: fc.integer({ min: 1, max: 9 }),
          firstKeys: fc.integer({ min: 1, max: 10 }),
          unitKeys: fc.integer({ min: 1, max: 20 }),
        }),
        fc.record({
          requireIndex: fc.boolean(),
          strict: fc.boolean(),
          stale: fc.constantFrom('warn', 'fail', 'off'),
          partitionDepth: fc.integer({ min: 0, max: 2 }),
          maxAgeMs: fc.constantFrom(undefined, 72 * HOUR_MS),
          canary: fc.constantFrom(undefined, 'h1/canary.tar', 'h2/canary1.tar'),
          sinceMs: fc.constantFrom(undefined, NOW_MS - 240 * HOUR_MS),
          // If every key is an archive, so are the keys of directories and the listings next to archives.
          archivePattern: fc.constantFrom(undefined, undefined, /./u, /(?:^|\/)$|tar$/u),
        }),
        fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 20 }),
        fc.infiniteStream(fc.nat({ max: 9 })),
        async (objects, { pageSize, ...sizes }, drawn, order, luck) => {
          const given = Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
          const findings = new MemoryFindings();
          const one: SharedCase = {
            objects,
            bucket: { prefix: 'p/', pageSize },
            options: () => ({
              ...given,
              allowlist: parseAllowlist('p/h2/**\np/h1/a*\nno/such.tar\n', 'list'),
            }),
            findings,
            sizes,
            worker: { choose: (open) => (order[open % order.length] ?? 0) % Math.max(1, open) },
          };
          expect(said(await shared(one))).toEqual(said(await alone(one)));
          // A unit that fails midway and is retried is reported once.
          let failures = 0;
          const beforePage = (): void => {
            if (failures === 3 || luck.next().value !== 0) return;
            failures += 1;
            throw new Failure('store.unavailable', 'no answer');
          };
          expect(said(await shared({ ...one, bucket: { ...one.bucket, beforePage } }))).toEqual(
            said(await alone(one)),
          );
          // Once more, when something is known of the run before.
          const ledger = findings.begin();
          const first = await verifyStores([new FakeLister(objects, { prefix: 'p/' })], optionsOf(one), {
            findings: ledger,
          });
          ledger.settle(first.outcome.completePrefixes, new Date(NOW_MS - HOUR_MS));
          const later = { ...one, objects: objects.slice(1) };
          expect(said(await shared(later))).toEqual(said(await alone(later)));
        },
      ),
      { numRuns: caseCount(500) },
    );
  });

  it('cuts a large directory into units, each of a bounded number of keys', async () => {
    const objects = Array.from({ length: 3000 }, (_, i) => `h1/a-${String(i).padStart(5, '0')}.tar`);
    const sizes = { firstKeys: 100, unitKeys: 200 };
    const { outcome, distributor } = await shared({ objects, bucket: { pageSize: 100 }, sizes });
    expect(outcome.summary).toMatchObject({ archives_total: 3000, keys_scanned: 3000 });
    expect(distributor.mostKeys).toBe(200);
    expect(distributor.units).toBeLessThan(100);
  });
});

describe('a part that cannot be listed', () => {
  const HOSTS = ['h1', 'h2', 'h3'];
  const objects = HOSTS.flatMap((host) => [`${host}/a.tar`, `${host}/a.tar.list.txt`, `${host}/b.tar`]);

  it('is the same gap, with the same failures, if it occurs in every attempt', async () => {
    for (const host of HOSTS) {
      const beforePage = (first: string | undefined): void => {
        if (first?.startsWith(`${host}/b`)) throw new Failure('store.denied', 'not for you', { hint: 'ask' });
      };
      const one = { objects, bucket: { pageSize: 1, beforePage } };
      const expected = said(await alone(one));
      expect(said(await shared({ ...one, sizes: { firstKeys: 100, unitKeys: 100 } }))).toEqual(expected);
      expect(expected).toMatchObject({ exitCode: 3, status: 'incomplete' });
    }
  });

  it('does not affect the report about the rest, and makes no unit larger', async () => {
    await fc.assert(
      fc.asyncProperty(
        // Keys that begin with U+10FFFF sort after the end that gaps assume for their directory.
        bucketOf(60).map((objects) => objects.filter(({ key }) => !key.includes(`/${LAST_CHARACTER}`))),
        fc.subarray(['p/h1/', 'p/h2/', 'p/h2/daily/', 'p/h3.tar/', 'p/h\0/'], { minLength: 1 }),
        fc.record({ firstKeys: fc.integer({ min: 1, max: 5 }), unitKeys: fc.integer({ min: 1, max: 5 }) }),
        async (objects, denied, sizes) => {
          const beforePage = (first: string | undefined): void => {
            if (denied.some((directory) => first?.startsWith(directory)))
              throw new Failure('store.denied', 'not for you', { hint: 'ask' });
          };
          const one = { objects, bucket: { prefix: 'p/', pageSize: 1, beforePage } };
          const { outcome, findings, distributor } = await shared({ ...one, sizes });
          const isListed = ({ subject }: { subject: string }): boolean =>
            outcome.completePrefixes.some((prefix) => subject.startsWith(prefix));
          const all = await alone({ objects, bucket: { prefix: 'p/' } });
          const inOrder = (some: Verified['findings']) =>
            some
              .filter(isListed)
              .map((f) => JSON.stringify(f))
              .sort();
          expect(inOrder(findings)).toEqual(inOrder(all.findings));
          const missed = objects.filter(({ key }) => denied.some((directory) => key.startsWith(directory)));
          if (missed.length > 0) expect(outcome.exitCode).toBe(3);
          expect(missed.filter(({ key }) => isListed({ subject: `s3://bucket/${key}` }))).toEqual([]);
          expect(distributor.mostKeys).toBeLessThanOrEqual(Math.max(sizes.firstKeys, sizes.unitKeys));
        },
      ),
      { numRuns: caseCount(300) },
    );
  });

  it('is listed by the attempt in which it does not occur', async () => {
    let failures = 2;
    const beforePage = (): void => {
      failures -= 1;
      if (failures >= 0) throw new Failure('store.unavailable', 'no answer');
    };
    const { outcome } = await shared({ objects, bucket: { beforePage } });
    expect(outcome).toMatchObject({ exitCode: 1, failures: [], summary: { missing: 3 } });
  });

  it('is exit 3 with the command to retry, and a gap, if a unit was abandoned', async () => {
    const worker = { isDead: ({ startAfter }: RangeUnit) => startAfter === `h1/${LAST_CHARACTER}` };
    const one = { objects, bucket: { pageSize: 1 }, sizes: { firstKeys: 1, unitKeys: 100 }, worker };
    const { outcome, findings } = await shared(one);
    expect(outcome).toMatchObject({ exitCode: 3, status: 'incomplete' });
    expect(outcome.failures).toEqual([
      expect.objectContaining({
        code: 'work.dead_letter',
        hint: 'again',
        subject: 's3://bucket/, after the end of "h1/" up to the end of "h2/"',
      }),
    ]);
    expect(findings.filter(({ code }) => code === 'work.dead_letter')).toHaveLength(1);
    expect(outcome.summary.partitions.map(({ name, state }) => [name, state])).toEqual([
      ['h1', 'complete'],
      ['h3', 'complete'],
    ]);
    expect(outcome.completePrefixes).toEqual(['s3://bucket/h1/', 's3://bucket/h3/']);
  });

  it('settles nothing for a target whose reports cannot be combined, and everything for the others, in any order', async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => `many/h${String(i).padStart(5, '0')}/a.tar`);
    const listers = [many, objects.map((key) => `few/${key}`)].map(
      (keys, i) => new FakeLister(keys, { prefix: ['many/', 'few/'][i] ?? '' }),
    );
    const listerOf = (url: string): FakeLister =>
      listers.find((one) => one.url === url) ?? new FakeLister([]);
    const expected = (await verifyStores(listers)).outcome;
    for (const choose of [() => 0, (open: number) => open - 1]) {
      const openSubjects = async () => new Set<string>();
      const worker = { target: defaultTarget, lister: listerOf, openSubjects, choose };
      const sizes = { firstKeys: 10_000, unitKeys: 10_000 };
      const sharing = {
        distributor: new InProcessDistributor(worker),
        retryCommand: 'again',
        sizes,
        needsOf: async () => ({}),
      };
      const { outcome } = await verifyStores(listers, {}, { sharing });
      expect(outcome.failures).toEqual(expected.failures);
      expect(outcome.failures).toMatchObject([
        { code: 'listings.too_many_partitions', subject: 's3://bucket/many/' },
      ]);
      expect([outcome.exitCode, outcome.completePrefixes]).toEqual([3, ['s3://bucket/few/']]);
      expect(expected.completePrefixes).toEqual(['s3://bucket/few/']);
    }
  });

  it('settles nothing when it was stopped in the middle', async () => {
    const stop = new AbortController();
    let pages = 0;
    const beforePage = (): void => {
      pages += 1;
      if (pages === 3) stop.abort(new StopRequest('SIGTERM'));
    };
    const one = { objects, bucket: { pageSize: 1, beforePage }, sizes: { firstKeys: 1, unitKeys: 1 } };
    const { outcome } = await shared({ ...one, ports: { signal: stop.signal } });
    expect(outcome).toMatchObject({
      exitCode: 143,
      status: 'interrupted',
      completePrefixes: [],
      failures: [],
    });
  });

  it('fails the run if the registry becomes unavailable while work is shared', async () => {
    const ended = new InProcessDistributor({
      target: defaultTarget,
      lister: () => new FakeLister(objects),
      openSubjects: async () => new Set(),
      choose: () => 0,
    });
    ended.run = async () => {
      throw new Failure('registry.unavailable', 'gone');
    };
    const { outcome } = await verifyStores(
      [new FakeLister(objects)],
      {},
      {
        sharing: { distributor: ended, retryCommand: 'again', needsOf: async () => ({}) },
      },
    );
    expect(outcome).toMatchObject({ exitCode: 3, completePrefixes: [], summary: { archives_total: 0 } });
    expect(outcome.failures.map(({ code }) => code)).toEqual(['registry.unavailable']);
  });
});
