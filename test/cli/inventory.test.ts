import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publish, rowsOf } from '../inventory/support.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { MemoryCatalog, s3Environment, startTestS3, type TestS3Server } from '../support/s3.js';

const HOUR_MS = 3_600_000;

let server: TestS3Server;
let bucket: MemoryCatalog;
let inventoryBucket: MemoryCatalog;
let dir: string;

beforeAll(async () => {
  server = await startTestS3();
});
afterAll(() => server.close());
beforeEach(() => {
  bucket = new MemoryCatalog();
  inventoryBucket = new MemoryCatalog();
  server.buckets.set('bucket', bucket).set('inventory', inventoryBucket);
  dir = mkdtempSync(join(tmpdir(), 'salvor-cli-'));
});
afterEach(() => {
  // Nothing that was fetched stays behind.
  expect(readdirSync(dir).filter((name) => name.startsWith('salvor-inventory'))).toEqual([]);
  rmSync(dir, { recursive: true });
});

function plant(key: string, listing: boolean, hoursOld = 90): void {
  const lastModifiedMs = Math.floor(Date.now() / 1000) * 1000 - hoursOld * HOUR_MS;
  bucket.add(key, { sizeBytes: 1000, lastModifiedMs });
  if (listing) bucket.add(`${key}.list.txt`, { sizeBytes: 10, lastModifiedMs });
}

function run(...args: (string | Record<string, string>)[]) {
  const flags = args.filter((arg) => typeof arg === 'string');
  const env = args.filter((arg) => typeof arg !== 'string');
  return salvor(['listings', 'verify', 's3://bucket/b/', ...flags], {
    env: Object.assign({}, s3Environment(server), { TMPDIR: dir }, ...env),
    cwd: dir,
  });
}

const verify = (...args: (string | Record<string, string>)[]) => run('--no-registry', ...args);

describe.each(['CSV', 'Parquet'] as const)('salvor listings verify --inventory (%s)', (format) => {
  it('gives the same result as the listing, and reports its age', async () => {
    plant('b/atlas/a 1+2.tar.gz', true);
    plant('b/atlas/b.tar.gz', false);
    plant('b/zeus/😀.tar', true);
    const createdAtMs = Date.now() - 5 * HOUR_MS;
    const { url } = await publish(inventoryBucket, rowsOf(bucket), { format, createdAtMs, files: 3 });
    const listed = JSON.parse((await verify('--json')).stdout);
    const read = JSON.parse((await verify('--json', '--inventory', url)).stdout);
    const { list_requests: _, ...wanted } = listed.summary;
    expect(read).toMatchObject({
      exit_code: 1,
      status: 'findings',
      findings: listed.findings,
      summary: wanted,
    });
    expect(read.summary.inventory).toEqual({
      manifest: url,
      created_at: new Date(createdAtMs).toISOString(),
      age_ms: expect.any(Number),
      files: 3,
    });
    expect(Math.round(read.summary.inventory.age_ms / HOUR_MS)).toBe(5);
    const { code, stdout, stderr } = await verify('--inventory', url);
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/from the inventory of .*, 5h old, 3 data files: s3:/),
    ]);
    // Ages are those at the inventory's time, on purpose: no word about clocks that differ.
    expect(stderr).not.toContain('clock');
  });
});

it('grace is relative to the time of the inventory', async () => {
  plant('b/atlas/old.tar.gz', true);
  plant('b/atlas/new.tar.gz', false, 30.5);
  const { url } = await publish(inventoryBucket, rowsOf(bucket), { createdAtMs: Date.now() - 30 * HOUR_MS });
  const by = JSON.parse((await verify('--json', '--inventory', url)).stdout);
  expect([by.exit_code, by.summary.pending, by.summary.missing]).toEqual([0, 1, 0]);
  const now = JSON.parse((await verify('--json')).stdout);
  expect([now.exit_code, now.summary.pending, now.summary.missing]).toEqual([1, 0, 1]);
});

it('one that is too old, or of another bucket, or lacks a file is exit 3 and never green', async () => {
  plant('b/atlas/a.tar.gz', true);
  const { url, manifest } = await publish(inventoryBucket, rowsOf(bucket), {
    createdAtMs: Date.now() - 50 * HOUR_MS,
  });
  const old = await verify('--json', '--inventory', url);
  expect([old.code, JSON.parse(old.stdout).error.code]).toEqual([3, 'inventory.too_old']);
  expect((await verify('--inventory', url, '--max-inventory-age', '51h')).code).toBe(0);
  const other = await salvor(
    [
      'listings',
      'verify',
      's3://another/',
      '--no-registry',
      '--json',
      '--inventory',
      url,
      '--max-inventory-age',
      '3d',
    ],
    { env: s3Environment(server) },
  );
  expect([other.code, JSON.parse(other.stdout).error.code]).toEqual([3, 'inventory.other_bucket']);
  await inventoryBucket.delete(manifest.files[0]?.key ?? '');
  const torn = await verify('--json', '--inventory', url, '--max-inventory-age', '3d');
  expect([torn.code, JSON.parse(torn.stdout).error.code]).toEqual([3, 'inventory.missing_file']);
  expect(torn.stdout).not.toContain('"ok"');
});

it('an invalid URL is wrong usage', async () => {
  const { code, stderr } = await verify('--inventory', 'https://x/manifest.json');
  expect([code, stderr]).toEqual([2, expect.stringContaining('usage.store_url')]);
});

it('without DuckDB the failure says how to get it', async () => {
  plant('b/atlas/a.tar.gz', true);
  const { url } = await publish(inventoryBucket, rowsOf(bucket));
  // As if the optional dependency had not been installed: its name is not found.
  const hook = `export async function resolve(name, context, next) {
    if (!name.startsWith('@duckdb/')) return next(name, context);
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
  const absent = join(dir, 'absent.mjs');
  writeFileSync(
    absent,
    `import { register } from 'node:module';\nregister('data:text/javascript,${encodeURIComponent(hook).replaceAll("'", '%27')}');`,
  );
  const { code, stdout } = await verify('--json', '--inventory', url, { NODE_OPTIONS: `--import=${absent}` });
  expect([code, JSON.parse(stdout).error]).toMatchObject([3, { code: 'inventory.no_duckdb' }]);
  expect(JSON.parse(stdout).error.hint).toContain('npm install @duckdb/node-api');
});

describe('with a registry', () => {
  let database: FreshDatabase;
  beforeEach(async () => {
    database = await freshDatabase();
  });
  afterEach(() => database.drop());

  it('the inventory is configured, and history continues between listing and inventory', async () => {
    plant('b/atlas/a.tar.gz', true);
    plant('b/atlas/b.tar.gz', false);
    await publish(inventoryBucket, rowsOf(bucket), { createdAtMs: Date.now() - HOUR_MS });
    const config = join(dir, 'salvor.yaml');
    writeFileSync(
      config,
      'backups: [{ url: "s3://bucket/b/", inventory: "s3://inventory/inventories/bucket/daily/", max_inventory_age: 26h }]',
      { mode: 0o600 },
    );
    const shared = ['--json', '--registry', database.url];
    const first = JSON.parse((await run(...shared)).stdout);
    expect(first.summary).toMatchObject({ new: 1, still: 0 });
    const second = JSON.parse((await run(...shared, '--config', config)).stdout);
    expect(second.summary).toMatchObject({ new: 0, still: 1, inventory: { files: 2 } });
  });
});
