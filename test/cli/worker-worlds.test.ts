import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requireWithin } from '../../src/cli/fleet/served-stores.js';
import { rootDifference, rootWorld } from '../../src/files/root-world.js';
import { openLister } from '../../src/objectstore/open.js';
import { storeWorld, worldDifference } from '../../src/objectstore/world.js';
import { connect } from '../../src/registry/database.js';
import { useCredentials } from '../support/credentials.js';
import { MemoryCatalog, s3Environment, startTestS3, type TestS3Server } from '../support/s3.js';
import { type Registry, SharedWorld } from '../support/shared-world.js';

const DAY_MS = 86_400_000;
const ARCHIVES = 2000;

let right: TestS3Server;
let wrong: TestS3Server;
let world: SharedWorld;
beforeAll(async () => {
  [right, wrong] = [await startTestS3(), await startTestS3()];
});
afterAll(() => Promise.all([right.close(), wrong.close()]));
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

/** Archives of which the last 30 have no listing; a partial copy holds only the first of them. */
function fill(server: TestS3Server, archives: number): void {
  const catalog = new MemoryCatalog();
  const lastModifiedMs = Date.now() - 5 * DAY_MS;
  for (let i = 0; i < archives; i += 1) {
    const key = `a/h/db-${String(i).padStart(6, '0')}.tar`;
    catalog.add(key, { sizeBytes: 10, lastModifiedMs });
    if (i < ARCHIVES - 30) catalog.add(`${key}.list.txt`, { sizeBytes: 10, lastModifiedMs });
  }
  server.buckets.set('bucket', catalog);
}

function configure(registry: Registry, name: string, server: TestS3Server): string {
  const s3 = `s3: { endpoint_url: "${server.endpoint}", region: ${server.region}, path_style: true }`;
  return registry.configure(name, `${s3}\nbackups: [{ url: "s3://bucket/a/" }]`);
}

describe('two stores of the same name', () => {
  it('are never joined: a worker at another endpoint takes no unit, and says why', async () => {
    fill(right, ARCHIVES);
    fill(wrong, 250);
    const registry = await world.registry(1);
    const stranger = await world.worker(configure(registry, 'stranger', wrong), {
      env: s3Environment(wrong),
    });
    await world.worker(configure(registry, 'worker', right), { env: s3Environment(right) });
    configure(registry, 'salvor', right);
    const { code, json } = await registry.run('listings verify --distribute', { env: s3Environment(right) });
    expect([code, json.summary.archives_total, json.summary.missing]).toEqual([1, ARCHIVES, 30]);
    const { rows } = await registry.database.query<{ worker: string }>(
      'select distinct worker from salvor.work',
    );
    expect(rows).toHaveLength(1);
    const refusals = await registry.database.query<{ reason: string }>(
      'select reason from salvor.work_refusals',
    );
    expect(refusals.rows.map(({ reason }) => reason)).toEqual([
      `s3://bucket/a/ is at ${wrong.endpoint} for this host, but at ${right.endpoint} for the run`,
    ]);
    await stranger.end('SIGTERM');
  }, 120_000);

  it('at one endpoint are distinguished by their first object', async () => {
    const restore = useCredentials(right);
    const options = { endpointUrl: right.endpoint, region: 'us-east-1', pathStyle: true };
    const here = { endpoint: right.endpoint, region: 'us-east-1' };
    const lister = openLister('s3://bucket/a/', options);
    fill(right, 10);
    const seen = await storeWorld(lister, here);
    expect(await worldDifference(seen, lister, here)).toBeUndefined();
    right.buckets.get('bucket')?.put?.('a/0-new.tar', Buffer.from('x'));
    expect(await worldDifference(seen, lister, here)).toBeUndefined();
    const copy = new MemoryCatalog();
    copy.add(seen.first?.key ?? '', { sizeBytes: 10 });
    right.buckets.set('bucket', copy);
    expect(await worldDifference(seen, lister, here)).toContain('is a different object for this host');
    right.buckets.set('bucket', new MemoryCatalog());
    expect(await worldDifference(seen, lister, here)).toContain('does not exist for this host');
    expect(await worldDifference(seen, lister, { ...here, region: 'elsewhere' })).toContain('region');
    expect(await worldDifference({ ...here, first: null }, lister, here)).toBeUndefined();
    restore();
  });
});

describe('two roots at the same path', () => {
  it('are distinguished by the content of an id, or by the file itself', async () => {
    const [one, two] = [
      mkdtempSync(join(tmpdir(), 'salvor-root-')),
      mkdtempSync(join(tmpdir(), 'salvor-root-')),
    ];
    for (const path of [one, two]) writeFileSync(join(path, '.mounted'), '');
    const rootAt = (path: string) => ({ path, sentinel: '.mounted' }) as never;
    const seen = await rootWorld(rootAt(one));
    if (seen === undefined) throw new Error('the root is there');
    expect(await rootDifference(rootAt(one), seen)).toBeUndefined();
    expect(await rootDifference(rootAt(two), seen)).toContain('is a different file on this host');
    for (const path of [one, two]) writeFileSync(join(path, '.mounted'), '5f0c6b1e-4a39-4a51-9a5e-6f1c');
    const id = await rootWorld(rootAt(one));
    expect(await rootDifference(rootAt(two), id as never)).toBeUndefined();
    writeFileSync(join(two, '.mounted'), 'another id of the same size!');
    expect(await rootDifference(rootAt(two), id as never)).toContain('is a different file on this host');
    expect(await rootWorld(rootAt('/nonexistent'))).toBeUndefined();
    for (const path of [one, two]) rmSync(path, { recursive: true });
  });
});

it('a payload outside what was checked is refused', () => {
  const needs = { store: 'file:///srv/backups/' };
  const refused = expect.objectContaining({ code: 'work.refused' });
  expect(() => requireWithin(needs, 'file:///elsewhere/', 'x.tar')).toThrow(refused);
  expect(() => requireWithin(needs, 'file:///srv/backups/', '../x.tar')).toThrow(refused);
  expect(() => requireWithin({ store: 's3://bucket/a/' }, 's3://bucket/a/', 'b/x.tar')).toThrow(refused);
  requireWithin(needs, 'file:///srv/backups/', 'h1/x.tar');
  requireWithin({ store: 's3://bucket/a/' }, 's3://bucket/a/', 'a//x.tar');
});

it('a database that accepts no connections is unavailable, not a bug', async () => {
  const registry = await world.registry(1);
  const name = new URL(registry.url).pathname.slice(1);
  const admin = await connect(registry.url.replace(`/${name}`, '/postgres'));
  try {
    await admin.query(`alter database "${name}" allow_connections false`);
    await expect(connect(registry.url)).rejects.toMatchObject({ code: 'registry.unavailable' });
  } finally {
    await admin.query(`alter database "${name}" allow_connections true`);
    await admin.close();
  }
});
