import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllowlist } from '../../../src/jobs/listings/judge/allowlist.js';
import type { VerifyTarget } from '../../../src/jobs/listings/options.js';
import { openPart } from '../../../src/objectstore/open.js';
import { MemoryFindings } from '../../support/ledger.js';
import { FakeLister, type FakeObject, NOW_MS } from '../../support/lister.js';
import { verifyStores } from './world.js';

const DAY_MS = 86_400_000;
const BASE = 's3://bucket/b/';
const listed = (key: string, more: Partial<FakeObject> = {}): FakeObject[] => [
  { key, ...more },
  { key: `${key}.list.txt`, ...more },
];

const part = (prefix: string, objects: FakeObject[], options: Partial<VerifyTarget> = {}, ports = {}) =>
  verifyStores([new FakeLister(objects, { prefix })], { partOf: BASE, ...options }, ports);

const reference = (names: readonly string[]) => ({
  lastComplete: {
    finishedAt: new Date(NOW_MS - DAY_MS),
    summary: {
      targets: [{ url: BASE, partition_depth: 1 }],
      partitions: names.map((name) => ({ name, url: BASE, state: 'complete', archives_total: 3 })),
    },
  },
});

describe('a part of a backup', () => {
  const world = [
    ...listed('b/h1/db-1.tar', { lastModifiedMs: NOW_MS - 9 * DAY_MS }),
    { key: 'b/h1/db-2.tar', lastModifiedMs: NOW_MS - 9 * DAY_MS },
    ...listed('b/h2/db-1.tar'),
  ];

  it('has the partitions, series and subjects that the whole has', async () => {
    const { findings, outcome } = await part('b/h1/', world, { maxAgeMs: 7 * DAY_MS });
    expect(findings.map(({ code, subject }) => [code, subject])).toEqual([
      ['listing.missing', 's3://bucket/b/h1/db-2.tar'],
      ['archive.backup_overdue', 's3://bucket/b/h1/db-#.tar'],
    ]);
    expect(outcome.summary.targets[0]).toMatchObject({ url: 's3://bucket/b/h1/', part_of: BASE });
    expect(outcome.summary.partitions).toEqual([
      expect.objectContaining({ name: 'h1', url: BASE, state: 'complete', archives_total: 2 }),
    ]);
    expect(outcome.completePrefixes).toEqual(['s3://bucket/b/h1/']);
  });

  it('reports nothing that vanished elsewhere and no entries for other places', async () => {
    const allowlist = parseAllowlist('b/h2/db-9.tar', 'list');
    const { codes } = await part('b/h1/', world, { allowlist }, reference(['h1', 'h2', 'h3']));
    expect(codes).toEqual(['archive.vanished', 'listing.missing']);
  });

  it('opens and ends findings only there', async () => {
    const findings = new MemoryFindings();
    const all = findings.begin();
    const whole = [...world, { key: 'b/h2/x.tar' }];
    const first = await verifyStores([new FakeLister(whole, { prefix: 'b/' })], {}, { findings: all });
    all.settle(first.outcome.completePrefixes, new Date(NOW_MS));
    const second = findings.begin();
    const fixed = [...whole, { key: 'b/h1/db-2.tar.list.txt' }];
    const { outcome } = await part('b/h1/', fixed, {}, { findings: second });
    second.settle(outcome.completePrefixes, new Date(NOW_MS));
    expect(outcome.summary).toMatchObject({ violations: 0, resolved: 1 });
    expect([...findings.open.keys()]).toEqual(['listing.missing s3://bucket/b/h2/x.tar']);
  });

  it('needs the canary only if the canary is in it', async () => {
    const canary = 'canary/none.tar';
    expect((await part('b/h1/', world, { canary })).outcome.exitCode).toBe(1);
    expect((await part('b/canary/', [...world, { key: 'b/canary/none.tar' }], { canary })).codes).toEqual([
      'listings.no_archives',
    ]);
  });

  it('of one partition treats that partition as a part, and checks the series in it', async () => {
    const old = { lastModifiedMs: NOW_MS - 9 * DAY_MS };
    const objects = [
      ...listed('b/h1/db/x-1.tar', old),
      ...listed('b/h1/y-1.tar'),
      ...listed('b/h1/2026/z-1.tar', old),
    ];
    const db = await part('b/h1/db/', objects, { maxAgeMs: 7 * DAY_MS });
    expect(db.findings.map(({ subject }) => subject)).toEqual(['s3://bucket/b/h1/db/x-#.tar']);
    expect(db.outcome.summary.partitions).toEqual([expect.objectContaining({ name: 'h1', state: 'part' })]);
    // Archives of the series `####/z-#.tar` lie in other years too: nothing can be said of its newest.
    expect((await part('b/h1/2026/', objects, { maxAgeMs: 7 * DAY_MS })).codes).toEqual([]);
    const named = await part('b/h1/db/', objects, { seriesPattern: /x/u, maxAgeMs: 7 * DAY_MS });
    expect([named.codes, named.outcome.completePrefixes]).toEqual([[], []]);
  });

  it('of a directory keeps the keys that the whole has', async () => {
    const root = mkdtempSync(join(tmpdir(), 'salvor-part-'));
    const day = new Date(NOW_MS - 2 * DAY_MS);
    for (const key of ['h1/a.tar', 'h1/a.tar.list.txt', 'h1/b.tar', 'h10/c.tar', 'z.tar']) {
      mkdirSync(dirname(join(root, key)), { recursive: true });
      writeFileSync(join(root, key), 'x');
      utimesSync(join(root, key), day, day);
    }
    const lister = openPart(`file://${root}/`, `file://${root}/h1/`);
    const { outcome, findings } = await verifyStores([lister], { partOf: `file://${root}/` });
    rmSync(root, { recursive: true });
    expect(findings).toEqual([
      expect.objectContaining({
        subject: `file://${root}/h1/b.tar`,
        detail: expect.objectContaining({ key: 'h1/b.tar' }),
      }),
    ]);
    expect(outcome.summary.partitions).toEqual([expect.objectContaining({ name: 'h1', archives_total: 2 })]);
  });
});
