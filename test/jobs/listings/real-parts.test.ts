import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { VerifyTarget } from '../../../src/jobs/listings/options.js';
import { openLister } from '../../../src/objectstore/open.js';
import type { FindingsLedger } from '../../../src/registry/port.js';
import { openRegistry, type Registry } from '../../../src/registry/registry.js';
import { useCredentials } from '../../support/credentials.js';
import { NOW_MS, TWO_DAYS_AGO_MS } from '../../support/lister.js';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.js';
import { faults, MemoryCatalog, startTestS3, type TestS3Server } from '../../support/s3.js';
import { type Verified, verifyStores } from './world.js';

const ODD = ['a b+c%20', 'ü😀\uFF5E', 'new\nline', '&<>"\'', '\u0001'];
const HOSTS = ['alpha', 'beta', 'beta.tar', 'gamma/daily'];
/** Per host; enough for several pages of 1,000 keys. */
const ARCHIVES = 400;

let server: TestS3Server;
let restore: () => void;
const bucket = new MemoryCatalog(() => NOW_MS);
const missing: string[] = [];
const small: string[] = [];

/** Every archive has its listing, but for some per host whose faults are noted. */
function plant(host: string, i: number): void {
  const key = `b/${host}/${ODD[i % ODD.length]}-${i}.tar.gz`;
  bucket.add(key, { sizeBytes: 1000, lastModifiedMs: TWO_DAYS_AGO_MS });
  if (i % 97 === 1) missing.push(key);
  else {
    const isSmall = i % 89 === 2;
    if (isSmall) small.push(key);
    bucket.add(`${key}.list.txt`, { sizeBytes: isSmall ? 0 : 10, lastModifiedMs: TWO_DAYS_AGO_MS });
  }
}

beforeAll(async () => {
  server = await startTestS3({ buckets: { bucket } });
  restore = useCredentials(server);
  for (const host of HOSTS) for (let i = 0; i < ARCHIVES; i += 1) plant(host, i);
  bucket.add('backups-old/x.tar', { sizeBytes: 1 });
});
afterAll(async () => {
  restore();
  await server.close();
});
afterEach(() => server.fault('ListObjectsV2', undefined));

const store = (url: string) =>
  openLister(url, { endpointUrl: server.endpoint, pathStyle: true, retry: { attempts: 3, baseDelayMs: 1 } });

const verify = (options: Partial<VerifyTarget> = {}, findings?: FindingsLedger) =>
  verifyStores(
    [store('s3://bucket/b/')],
    { sinceMs: 0, ...options },
    findings === undefined ? {} : { findings },
  );

function expectExactlyThePlantedFaults({ outcome, findings }: Verified): void {
  const subjects = (code: string) =>
    findings
      .filter((f) => f.code === code)
      .map((f) => f.subject)
      .sort();
  const urls = (keys: readonly string[]) => keys.map((key) => `s3://bucket/${key}`).sort();
  expect(subjects('listing.missing')).toEqual(urls(missing));
  expect(subjects('listing.too_small')).toEqual(urls(small));
  expect(findings).toHaveLength(missing.length + small.length);
  expect(outcome).toMatchObject({
    exitCode: 1,
    summary: { archives_total: HOSTS.length * ARCHIVES, missing: missing.length, too_small: small.length },
  });
}

describe('over real HTTP', () => {
  it.each([1, 2, 16])(
    'with concurrency %s every planted fault is found, and nothing else',
    async (concurrency) => {
      const verified = await verify({ concurrency });
      expectExactlyThePlantedFaults(verified);
      const { list_requests: requests, keys_scanned: keys } = verified.outcome.summary;
      const onePass = Math.ceil(keys / 1000);
      if (concurrency === 1) expect(requests).toBe(onePass);
      expect(requests).toBeLessThanOrEqual(onePass + concurrency + 4);
    },
  );

  it.each([
    ['503 for a while', faults.error('SlowDown', 2)],
    ['a reset in the middle of a page', faults.breakOff(5000, 'reset', 2)],
    ['a page that comes in crumbs', faults.pieces(1000)],
  ])('%s changes nothing', async (_, fault) => {
    server.fault('ListObjectsV2', fault);
    expectExactlyThePlantedFaults(await verify());
  });

  it('pages that are cut short every time are exit 3, and invent no missing listing', async () => {
    server.fault('ListObjectsV2', async (_call, answer, index) => {
      const whole = await answer();
      return index > 0 ? { ...whole, body: Buffer.from(String(whole.body).slice(0, 9000)) } : whole;
    });
    const { outcome, findings } = await verify();
    expect(outcome.exitCode).toBe(3);
    const found = findings.filter(({ code }) => code === 'listing.missing').map(({ subject }) => subject);
    expect(missing.map((key) => `s3://bucket/${key}`)).toEqual(expect.arrayContaining(found));
  });

  it('a bucket that is not there is exit 3', async () => {
    const { outcome } = await verifyStores([store('s3://nowhere/b/')]);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.failures).toHaveLength(1);
  });
});

describe('with a real registry', () => {
  let database: FreshDatabase;
  let registry: Registry;
  beforeEach(async () => {
    database = await freshDatabase();
    registry = await openRegistry(database.url);
  });
  afterEach(async () => {
    await registry.close();
    await database.drop();
  });

  /** One run, settled as the command line settles it. */
  async function run(): Promise<Verified> {
    const id = randomUUID();
    const identity = { id, job: 'listings verify', scope: 's3://bucket/b/', host: 'here', version: '0' };
    const active = await registry.runs.begin({
      ...identity,
      options: {},
      qualifying: true,
      startedAt: new Date(),
    });
    const verified = await verify({ concurrency: 4 }, active.findings);
    const { completePrefixes, summary, status, exitCode } = verified.outcome;
    const { total: resolved } = await active.findings.resolved(completePrefixes, []);
    expect(summary).toMatchObject({ resolved });
    await active.finish({
      status,
      exitCode,
      qualifying: true,
      summary: { ...summary },
      finishedAt: new Date(),
      settle: { completePrefixes },
    });
    return verified;
  }

  it('violations are new, then still there, then resolved, partition by partition', async () => {
    const all = missing.length + small.length;
    expect((await run()).outcome.summary).toMatchObject({ new: all, still: 0, resolved: 0 });
    const second = await run();
    expect(second.outcome.summary).toMatchObject({ new: 0, still: all, resolved: 0 });
    expect(second.findings.every(({ detail }) => typeof detail?.first_seen_at === 'string')).toBe(true);
    const fixed = missing.filter((key) => key.startsWith('b/alpha/'));
    for (const key of fixed) bucket.add(`${key}.list.txt`, { sizeBytes: 10, lastModifiedMs: NOW_MS });
    const third = await run();
    for (const key of fixed) await bucket.delete(`${key}.list.txt`);
    expect(third.outcome.summary).toMatchObject({
      new: 0,
      still: all - fixed.length,
      resolved: fixed.length,
    });
    const byName = new Map(third.outcome.summary.partitions.map(({ name, resolved }) => [name, resolved]));
    expect(byName.get('alpha')).toBe(fixed.length);
    expect(byName.get('gamma')).toBe(0);
    const { rows } = await registry.database.query(
      'select resolution, count(*)::int as n from salvor.findings where resolved_at is not null group by 1',
      [],
    );
    expect(rows).toEqual([{ resolution: 'listing_written', n: fixed.length }]);
  });
});
