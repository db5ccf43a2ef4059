import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWriter } from '../../src/objectstore/open.js';
import { type CephGateway, startCephGateway } from '../support/ceph.js';
import { salvor } from '../support/cli.js';
import { useCredentials } from '../support/credentials.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

const ARCHIVES = 5000;
const HOSTS = ['atlas', 'borealis', 'corvus'];
const URL = 's3://verify/backups/';

let ceph: CephGateway;
let restore: () => void;
let database: FreshDatabase;
const work = mkdtempSync(join(tmpdir(), 'salvor-ceph-'));

const archive = (i: number): string =>
  `backups/${HOSTS[i % HOSTS.length]}/${i % 2 === 0 ? 'data' : 'home é+%'}/2026-${String(i).padStart(4, '0')}.tar.gz`;
const faults = {
  missing: [3, 777, 2500, 4999],
  too_small: [10, 4000],
};
const others = ['backups/atlas/vault.tar.gz.gpg', 'backups/atlas/gone.tar.gz.list.txt', 'backups/notes.txt'];

async function put(keys: readonly { key: string; file: string }[]): Promise<void> {
  const writer = openWriter('s3://verify/', { endpointUrl: ceph.endpoint });
  const queue = [...keys];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      await writer.putFile(next.key, next.file);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

beforeAll(async () => {
  ceph = await startCephGateway();
  restore = useCredentials(ceph);
  database = await freshDatabase();
  await ceph.createBucket('verify');
  const content = join(work, 'content');
  const empty = join(work, 'empty');
  writeFileSync(content, 'some content\n');
  writeFileSync(empty, '');
  const keys = Array.from({ length: ARCHIVES }, (_, i) => i).flatMap((i) => [
    { key: archive(i), file: content },
    ...(faults.missing.includes(i)
      ? []
      : [{ key: `${archive(i)}.list.txt`, file: faults.too_small.includes(i) ? empty : content }]),
  ]);
  await put([...keys, ...others.map((key) => ({ key, file: content }))]);
}, 600_000);

afterAll(async () => {
  restore();
  await database.drop();
  await ceph.close();
  rmSync(work, { recursive: true, force: true });
});

it.each([1, 8])(
  'on Ceph with concurrency %i every planted fault is found, and nothing else',
  async (concurrency) => {
    const { code, stdout, stderr } = await salvor(
      [
        'listings',
        'verify',
        URL,
        '--grace',
        '0',
        '--stale',
        'off',
        '--json',
        '--concurrency',
        String(concurrency),
      ],
      {
        env: {
          SALVOR_REGISTRY: database.url,
          AWS_ENDPOINT_URL: ceph.endpoint,
          AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID ?? '',
          AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY ?? '',
          AWS_REGION: process.env.AWS_REGION ?? 'us-east-1',
        },
      },
    );
    expect(stderr).toBe('');
    const { summary, findings } = JSON.parse(stdout) as {
      summary: Record<string, number>;
      findings: { code: string; subject: string }[];
    };
    const planted = [
      ...faults.missing.map((i) => `listing.missing s3://verify/${archive(i)}`),
      ...faults.too_small.map((i) => `listing.too_small s3://verify/${archive(i)}`),
      'archive.unrecognised s3://verify/backups/atlas/vault.tar.gz.gpg',
      'listing.orphan s3://verify/backups/atlas/gone.tar.gz.list.txt',
    ];
    expect(findings.map((f) => `${f.code} ${f.subject}`).sort()).toEqual(planted.sort());
    expect(code).toBe(1);
    expect(summary).toMatchObject({
      archives_total: ARCHIVES,
      present: ARCHIVES - 6,
      missing: 4,
      too_small: 2,
      violations: 6,
      keys_scanned: 2 * ARCHIVES - 4 + others.length,
    });
    // This server ends a listing with a page that holds nothing.
    const pages = Math.ceil((2 * ARCHIVES - 4 + others.length) / 1000);
    if (concurrency === 1) expect([pages, pages + 1]).toContain(summary.list_requests);
  },
  120_000,
);

it('the run is recorded in fleet_health_events', async () => {
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query('select status, severity from fleet_health_events order by id');
  await client.end();
  expect(rows.slice(0, 2)).toEqual([
    { status: 'running', severity: 'info' },
    { status: 'findings', severity: 'error' },
  ]);
});
