import { describe, expect, it } from 'vitest';
import { Failure, usageFailure } from '../../../src/core/failure.js';
import { StopRequest } from '../../../src/core/stop.js';
import { parseAllowlist } from '../../../src/jobs/listings/judge/allowlist.js';
import { MemoryFindings } from '../../support/ledger.js';
import { FakeLister, NOW_MS } from '../../support/lister.js';
import { verifyBucket, verifyStores } from './world.js';

const HOSTS = ['h1', 'h2', 'h3', 'h4'];
/** Four hosts with four archives each, of which the last lacks its listing. */
const OBJECTS = HOSTS.flatMap((host) =>
  ['a', 'b', 'c']
    .flatMap((name) => [`${host}/${name}.tar`, `${host}/${name}.tar.list.txt`])
    .concat(`${host}/d.tar`),
);

function broken(): never {
  throw new Failure('store.listing_broken', 'the page was cut short', { hint: 'ask the server' });
}

const failAt =
  (...hosts: string[]) =>
  (first: string | undefined) => {
    if (hosts.some((host) => first?.startsWith(`${host}/`))) broken();
  };

describe('a partition that cannot be listed', () => {
  it('is exit 3, and the others are still reported and settled', async () => {
    const { outcome, findings } = await verifyBucket(
      OBJECTS,
      {},
      {},
      { pageSize: 1, beforePage: failAt('h2') },
    );
    expect(outcome).toMatchObject({ exitCode: 3, status: 'incomplete' });
    expect(outcome.failures.map(({ subject, hint }) => [subject, hint])).toEqual([
      ['s3://bucket/h1/', 'ask the server'],
      ['s3://bucket/h2/', 'ask the server'],
    ]);
    expect(outcome.summary.partitions.map(({ name, missing, state }) => [name, missing, state])).toEqual([
      ['h1', 0, 'incomplete'],
      ['h3', 1, 'complete'],
      ['h4', 1, 'complete'],
    ]);
    expect(outcome.completePrefixes).toEqual(['s3://bucket/h3/', 's3://bucket/h4/']);
    expect(findings.filter(({ code }) => code === 'listing.missing').map(({ subject }) => subject)).toEqual([
      's3://bucket/h3/d.tar',
      's3://bucket/h4/d.tar',
    ]);
  });

  it('leaves only certain findings: no archive counts as missing because its page did not arrive', async () => {
    for (let pageSize = 1; pageSize <= 8; pageSize += 1) {
      for (const host of HOSTS) {
        const whole = HOSTS.map((name) => `s3://bucket/${name}/d.tar`);
        const { outcome, findings } = await verifyBucket(
          OBJECTS,
          {},
          {},
          { pageSize, beforePage: failAt(host) },
        );
        const missing = findings
          .filter(({ code }) => code === 'listing.missing')
          .map(({ subject }) => subject);
        expect(whole).toEqual(expect.arrayContaining(missing));
        expect(outcome.failures.some(({ code }) => code === 'run.accounting')).toBe(false);
        expect(outcome.summary.archives_total).toBe(outcome.summary.present + outcome.summary.missing);
      }
    }
  });

  it('is not reported as vanished, overdue or missing its canary', async () => {
    const partitions = HOSTS.map((name) => ({
      name,
      url: 's3://bucket/',
      state: 'complete',
      archives_total: 4,
    }));
    const { codes } = await verifyBucket(
      OBJECTS,
      { canary: 'h2/canary.tar', maxAgeMs: 90 * 86_400_000 },
      {
        lastComplete: {
          finishedAt: new Date(NOW_MS),
          summary: { targets: [{ url: 's3://bucket/', partition_depth: 1 }], partitions },
        },
      },
      { pageSize: 100, beforePage: failAt('h1', 'h2', 'h3', 'h4') },
    );
    expect(new Set(codes)).toEqual(new Set(['store.listing_broken']));
  });

  it('leaves open which entries of the allowlist are unused', async () => {
    const options = { allowlist: parseAllowlist('h2/d.tar', 'backlog.txt') };
    const { codes } = await verifyBucket(OBJECTS, options, {}, { pageSize: 1, beforePage: failAt('h2') });
    expect(codes).not.toContain('allowlist.unused');
  });

  it('no matter how often, the listing continues if pages arrive in between', async () => {
    const hosts = Array.from({ length: 9 }, (_, i) => `h${i + 1}`);
    const objects = hosts.flatMap((host) => [`${host}/a.tar`, `${host}/a.tar.list.txt`]);
    const bucket = { pageSize: 1, beforePage: failAt('h2', 'h4', 'h6') };
    const { outcome } = await verifyBucket(objects, {}, {}, bucket);
    const complete = outcome.summary.partitions.filter(({ state }) => state === 'complete');
    expect(complete.map(({ name, present }) => [name, present])).toEqual([
      ['h7', 1],
      ['h8', 1],
      ['h9', 1],
    ]);
  });

  it('a store that always fails is asked only a few times', async () => {
    const lister = new FakeLister(OBJECTS, { beforePage: broken });
    const { outcome } = await verifyStores([lister]);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.summary).toMatchObject({ keys_scanned: 0, archives_total: 0, partitions: [] });
    expect(outcome.completePrefixes).toEqual([]);
    expect(lister.requests).toBeLessThanOrEqual(6);
  });

  it('with several ranges the other ranges are still listed', async () => {
    const lister = new FakeLister(OBJECTS, { pageSize: 2, beforePage: failAt('h3') });
    const { outcome } = await verifyStores([lister], { concurrency: 4 });
    expect(outcome.exitCode).toBe(3);
    const complete = outcome.summary.partitions.filter(({ state }) => state === 'complete');
    expect(complete.map(({ name }) => name)).toEqual(expect.arrayContaining(['h1', 'h4']));
    for (const one of complete) expect(one).toMatchObject({ archives_total: 4, present: 3, missing: 1 });
  });
});

describe('one url of several', () => {
  const stores = (beforePage?: () => void) => [
    new FakeLister(OBJECTS, { prefix: 'h1/', ...(beforePage ? { beforePage } : {}) }),
    new FakeLister(OBJECTS, { prefix: 'h2/' }),
  ];

  it('that fails does not hide the other', async () => {
    const { outcome } = await verifyStores(stores(broken));
    expect(outcome.exitCode).toBe(3);
    expect(outcome.completePrefixes).toEqual(['s3://bucket/h2/']);
    expect(
      outcome.summary.targets.map(({ url, complete, violations }) => [url, complete, violations]),
    ).toEqual([
      ['s3://bucket/h1/', false, 0],
      ['s3://bucket/h2/', true, 1],
    ]);
  });

  it('that cannot be opened does not hide the other', async () => {
    const [, other] = stores();
    const lister = (url: string) => {
      if (other === undefined || url !== other.url) throw new Failure('store.denied', 'no credentials');
      return other;
    };
    const { outcome, codes } = await verifyStores(stores(), {}, { lister });
    expect(codes).toEqual(['listing.missing', 'store.denied']);
    expect(outcome).toMatchObject({ exitCode: 3, summary: { archives_total: 4 } });
  });

  it('that is not a URL ends the run with exit 2', async () => {
    const lister = (): never => {
      throw usageFailure('usage.url', 'not a url');
    };
    await expect(verifyStores(stores(), {}, { lister })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('has its own thresholds', async () => {
    const { outcome } = await verifyStores(stores(), {}, {}, (i) => ({ maxMissing: i }));
    expect(outcome.summary.targets.map(({ exceeded }) => exceeded)).toEqual([true, false]);
    expect(outcome).toMatchObject({ exitCode: 1, summary: { threshold: 1, violations: 2 } });
    expect(outcome.summary.partitions.map(({ url, name }) => url + name)).toEqual([
      's3://bucket/h1/.',
      's3://bucket/h2/.',
    ]);
  });
});

describe('a stop', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s in the middle is exit %s, and nothing is settled', async (name, exitCode) => {
    for (const concurrency of [1, 3]) {
      const controller = new AbortController();
      const findings = new MemoryFindings().begin();
      const { outcome } = await verifyBucket(
        OBJECTS,
        { concurrency },
        { signal: controller.signal, findings },
        {
          pageSize: 3,
          beforePage: (first) => {
            if (first?.startsWith('h3')) controller.abort(new StopRequest(name));
          },
        },
      );
      expect(outcome).toMatchObject({ exitCode, status: 'interrupted', completePrefixes: [], failures: [] });
      expect(outcome.summary.archives_total).toBeGreaterThan(0);
    }
  });

  it('does not open the URLs that were not started', async () => {
    const controller = new AbortController();
    controller.abort(new StopRequest('SIGINT'));
    const opened: string[] = [];
    const stores = [new FakeLister(OBJECTS, { prefix: 'h1/' }), new FakeLister(OBJECTS, { prefix: 'h2/' })];
    const lister = (url: string): never => {
      opened.push(url);
      throw new Error('opened');
    };
    const { outcome } = await verifyStores(stores, {}, { lister, signal: controller.signal });
    expect(opened).toEqual([]);
    expect(outcome).toMatchObject({
      exitCode: 130,
      summary: { targets: [{ complete: false }, { complete: false }] },
    });
  });

  it('settles nothing, not even for URLs that were finished before it', async () => {
    const controller = new AbortController();
    const stores = [
      new FakeLister(OBJECTS, { prefix: 'h1/' }),
      new FakeLister(OBJECTS, {
        prefix: 'h2/',
        beforePage: () => controller.abort(new StopRequest('SIGINT')),
      }),
    ];
    const { outcome } = await verifyStores(stores, {}, { signal: controller.signal });
    expect(outcome.summary.targets.map(({ complete }) => complete)).toEqual([true, false]);
    expect(outcome).toMatchObject({ exitCode: 130, completePrefixes: [] });
  });

  it('after the last page has no effect', async () => {
    const controller = new AbortController();
    const { outcome } = await verifyBucket(
      OBJECTS,
      {},
      {
        signal: controller.signal,
        emit: (event) => {
          if (event.type === 'progress') controller.abort(new StopRequest('SIGINT'));
        },
      },
    );
    expect(outcome).toMatchObject({ exitCode: 1, completePrefixes: ['s3://bucket/'] });
  });

  it('because a required resource was lost is exit 3, with the reason', async () => {
    const controller = new AbortController();
    const lost = new Failure('registry.unavailable', 'the lock is gone');
    const { outcome, codes } = await verifyBucket(
      OBJECTS,
      {},
      { signal: controller.signal },
      {
        beforePage: () => controller.abort(lost),
      },
    );
    expect(outcome).toMatchObject({ exitCode: 3, status: 'incomplete', completePrefixes: [] });
    expect(codes).toEqual(['registry.unavailable']);
  });
});

describe('clocks', () => {
  it('a wrong clock on the host is a warning, and ages use the clock of the server', async () => {
    const serverTimeMs = NOW_MS + 3 * 3_600_000;
    const objects = [{ key: 'h1/a.tar', lastModifiedMs: serverTimeMs - 60_000 }];
    const { outcome, events } = await verifyBucket(objects, {}, {}, { serverTimeMs });
    expect(outcome.summary.pending).toBe(1);
    const warnings = events.filter((event) => event.type === 'note' && event.level === 'warning');
    expect(warnings).toEqual([
      { type: 'note', level: 'warning', message: expect.stringContaining('10800 s behind') },
    ]);
  });
});

it('a defect in a store is thrown and produces no result', async () => {
  const defect = () => {
    throw new TypeError('x is not a function');
  };
  await expect(verifyBucket(OBJECTS, {}, {}, { beforePage: defect })).rejects.toThrow(TypeError);
});

it('progress reports keys, pages and the partition', async () => {
  const { events } = await verifyBucket(OBJECTS, {}, {}, { pageSize: 14 });
  const progress = events.filter((event) => event.type === 'progress');
  expect(progress.map(({ done, detail }) => [done, detail])).toEqual([
    [14, { pages: 1, partition: 'h2' }],
    [28, { pages: 2, partition: 'h4' }],
  ]);
});
