import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errorAnswer, S3Error } from '../../src/demo/s3/s3-error.js';
import { MemoryCatalog, s3Environment, startTestS3, type TestS3Server } from '../support/s3.js';
import { type Registry, SharedWorld } from '../support/shared-world.js';
import type { WorkerProcess } from '../support/worker-process.js';

const DAY_MS = 86_400_000;
const URLS = 's3://bucket/a/ s3://bucket/b/';

let server: TestS3Server;
let catalog: MemoryCatalog;
let world: SharedWorld;
beforeAll(async () => {
  server = await startTestS3();
});
afterAll(() => server.close());
beforeEach(() => {
  world = new SharedWorld();
  catalog = new MemoryCatalog();
  server.buckets.set('bucket', catalog);
  server.fault('ListObjectsV2', undefined);
});
afterEach(() => world.remove());

/** One host with more keys than two units take, two small ones, and in the other store one of everything else. */
function fill(archives: number): void {
  const lastModifiedMs = Date.now() - 5 * DAY_MS;
  const plant = (key: string, sizeBytes = 10): void => void catalog.add(key, { sizeBytes, lastModifiedMs });
  const withListing = (key: string): void => {
    plant(key);
    plant(`${key}.list.txt`);
  };
  for (let i = 0; i < archives; i += 1) {
    const key = `a/atlas/db-${String(i).padStart(6, '0')}.tar.gz`;
    plant(key);
    if (i % 997 !== 5) plant(`${key}.list.txt`, i % 1009 === 6 ? 0 : 10);
  }
  for (const host of ['borealis', 'caelum'])
    for (let i = 0; i < 30; i += 1) withListing(`a/${host}/d-${i}.tar`);
  plant('a/canary/none.tar.gz');
  withListing('b/x.tar');
  plant('b/old.tar');
  plant('b/left.tar.list.txt');
  plant('b/secret.tar.gz.gpg');
  withListing('b/e\u{1F600} +%\u0001.tar');
}

function configure(registry: Registry, name = 'verify', urls = URLS.split(' ')): string {
  const allowlist = world.config('allow', 'b/old*\nb/nothing/**\n');
  const backups = urls.map((url) => {
    const own = url.endsWith('/a/') ? 'canary: canary/none.tar.gz' : `allowlist: "${allowlist}"`;
    return `{ url: "${url}", max_age: 2d, grace: 1h, ${own} }`;
  });
  const s3 = `s3: { endpoint_url: "${server.endpoint}", region: ${server.region}, path_style: true }`;
  return registry.configure(name, `${s3}\nbackups: [${backups.join(', ')}]`);
}

function worker(config: string): Promise<WorkerProcess> {
  return world.worker(config, { env: s3Environment(server) });
}

async function verify(registry: Registry, words = '') {
  configure(registry, 'salvor');
  const { code, json } = await registry.run(`listings verify ${words}`.trim(), {
    env: s3Environment(server),
  });
  const { list_requests, ...summary } = json.summary;
  const findings = json.findings.map((finding) => JSON.stringify(finding)).sort();
  const reported = { code, status: json.status, summary, findings, error: json.error };
  return { reported, requests: Number(list_requests), run: json.run_id };
}

/** Lets no list call of the shared run go on until this is true: what is waited for cannot be missed. */
function holdListsUntil(isTime: () => Promise<boolean>, { looks = false } = {}): void {
  server.fault('ListObjectsV2', async ({ query }, answer) => {
    // A worker that looks whether it is the right store may have no unit yet; the first unit asks the same.
    const isLook = !looks && !query.has('start-after') && !query.has('continuation-token');
    while (!isLook && !(await isTime())) await sleep(20);
    return answer();
  });
}

/** The findings in the registry, without their times. */
async function known({ database }: Registry): Promise<unknown[]> {
  const { rows } =
    await database.query(`select code, subject, severity, resolved_at is null as open, resolution
    from salvor.findings order by subject, code, resolved_at is null`);
  return rows;
}

function withoutTimes({ findings, ...reported }: Awaited<ReturnType<typeof verify>>['reported']) {
  return {
    ...reported,
    findings: findings.map((text) => text.replace(/"first_seen_at":"[^"]*"/, '"first_seen_at"')),
  };
}

describe('a verification that workers share', () => {
  it('reports, records and settles what one machine does, in the first run and in the next', async () => {
    fill(40_000);
    const [alone, shared] = [await world.registry(1), await world.registry(1)];
    const config = configure(shared);
    const workers = [await worker(config), await worker(config)];
    const stranger = await worker(configure(shared, 'stranger', ['s3://elsewhere/']));
    const expected = await verify(alone);
    holdListsUntil(async () => {
      const { rows } = await shared.database.query<{ queued: boolean; workers: number }>(
        `select coalesce(bool_or(state = 'queued'), false) as queued, count(distinct worker)::integer as workers
         from salvor.work`,
      );
      return !rows[0]?.queued || rows[0].workers === workers.length;
    });
    const got = await verify(shared, '--distribute');
    server.fault('ListObjectsV2', undefined);
    expect(expected.reported).toMatchObject({
      code: 1,
      summary: {
        archives_total: 40_063,
        missing: 41,
        too_small: 40,
        exempt: 1,
        orphan_listings: 1,
        canaries: 1,
      },
    });
    expect(got.reported).toEqual(expected.reported);
    // A unit costs at most one request more than its keys, and two look for directories.
    expect(got.requests).toBeLessThanOrEqual(expected.requests + 40);
    expect(await known(shared)).toEqual(await known(alone));
    const { json } = await shared.run(`runs show ${got.run}`);
    const shares = json.summary.workers as { worker: string; items: number }[];
    expect(shares.map(({ worker: name }) => name).sort()).toEqual(workers.map(({ name }) => name).sort());
    expect(shares.map(({ worker: name }) => name)).not.toContain(stranger.name);
    expect(shares.reduce((sum, { items }) => sum + items, 0)).toBe(got.reported.summary.keys_scanned);
    await catalog.delete('a/atlas/db-000002.tar.gz.list.txt');
    catalog.add('a/atlas/db-000005.tar.gz.list.txt', { sizeBytes: 10 });
    for (let i = 0; i < 30; i += 1) await catalog.delete(`a/borealis/d-${i}.tar`);
    const [later, laterShared] = [await verify(alone), await verify(shared, '--distribute')];
    expect(later.reported).toMatchObject({ code: 1, summary: { new: 1, still: 80, resolved: 1 } });
    expect(withoutTimes(laterShared.reported)).toEqual(withoutTimes(later.reported));
    expect(await known(shared)).toEqual(await known(alone));
  });

  it('loses nothing and counts nothing twice if a worker is killed midway', async () => {
    fill(40_000);
    const [alone, shared] = [await world.registry(1), await world.registry(1)];
    const config = configure(shared);
    const victim = await worker(config);
    const inTheMiddle = async (): Promise<boolean> => {
      const { rowCount } = await shared.database.query(
        `select from salvor.work where worker = $1 and state = 'active' and unit > 0`,
        [victim.name],
      );
      return rowCount > 0;
    };
    let isKilled = false;
    holdListsUntil(async () => isKilled || !(await inTheMiddle()), { looks: true });
    const running = verify(shared, '--distribute');
    await expect.poll(inTheMiddle).toBe(true);
    await victim.end('SIGKILL');
    isKilled = true;
    await worker(config);
    const { reported, run } = await running;
    expect(reported).toEqual((await verify(alone)).reported);
    const { rows } = await shared.database.query<{ attempts: number }>(
      'select attempts from salvor.work where run_id = $1 and attempts > 1',
      [run],
    );
    expect(rows.length).toBe(1);
  });

  it('is exit 3, with the report of one machine, if the store refuses', async () => {
    fill(100);
    const [alone, shared] = [await world.registry(1), await world.registry(1)];
    await worker(configure(shared));
    const denied = errorAnswer(new S3Error('AccessDenied', 'no'));
    server.fault('ListObjectsV2', async (call, answer) =>
      call.query.get('prefix') === 'b/' ? denied : answer(),
    );
    const expected = await verify(alone);
    expect(expected.reported).toMatchObject({
      code: 3,
      status: 'incomplete',
      error: { code: 'store.denied' },
    });
    expect((await verify(shared, '--distribute')).reported).toEqual(expected.reported);
  });

  it('resolves what it checked and was fixed, and nothing that it could not check', async () => {
    for (const key of ['a/h1/x.tar', 'a/h1/y.tar', 'a/canary/none.tar.gz', 'b/x.tar', 'b/y.tar'])
      catalog.add(key, { sizeBytes: 10, lastModifiedMs: Date.now() - DAY_MS });
    const shared = await world.registry(1);
    await worker(configure(shared));
    const missing = async () => {
      const rows = (await known(shared)) as { code: string; subject: string; open: boolean }[];
      return rows
        .filter(({ code, open }) => code === 'listing.missing' && open)
        .map(({ subject }) => subject);
    };
    const all = ['a/h1/x.tar', 'a/h1/y.tar', 'b/x.tar', 'b/y.tar'].map((key) => `s3://bucket/${key}`);
    expect((await verify(shared, '--distribute')).reported.code).toBe(1);
    expect(await missing()).toEqual(all);

    for (const key of ['a/h1/x.tar', 'b/x.tar']) catalog.add(`${key}.list.txt`, { sizeBytes: 10 });
    const denied = errorAnswer(new S3Error('AccessDenied', 'no'));
    server.fault('ListObjectsV2', async (call, answer) =>
      call.query.get('prefix') === 'b/' ? denied : answer(),
    );
    expect((await verify(shared, '--distribute')).reported.code).toBe(3);
    expect(await missing()).toEqual(all.slice(1));

    server.fault('ListObjectsV2', undefined);
    expect((await verify(shared, '--distribute')).reported.code).toBe(1);
    expect(await missing()).toEqual(['s3://bucket/a/h1/y.tar', 's3://bucket/b/y.tar']);
  });
});

it.each([
  ['--no-registry', 'needs the registry'],
  ['--concurrency 4', '--concurrency'],
  ['--endpoint-url http://127.0.0.1:1', '--endpoint-url'],
  ['--inventory s3://bucket/inventory/manifest.json', 'inventory'],
])('listings verify --distribute with %s is refused before anything is touched', async (words, message) => {
  const registry = await world.registry(1);
  configure(registry, 'salvor');
  const { code, json } = await registry.run(`listings verify --distribute ${words}`);
  expect({ code, message: json.error?.message }).toEqual({
    code: 2,
    message: expect.stringContaining(message),
  });
});
