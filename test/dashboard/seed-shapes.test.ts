import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript, shared with the bench
import * as bench from '../../bench/support/dashboard-summaries.mjs';
import { LedgerWorld } from '../ledger/world.js';
import { seededSummaries } from './seed-runs.js';

let world: LedgerWorld;
/** Summaries of real runs in `salvor.runs`, by job. */
let real: Record<string, unknown>;

beforeAll(async () => {
  world = await LedgerWorld.create();
  world.configure({
    backups: [{ url: `file://${world.base}/store/` }],
    recovery: {
      types: { dataset: {} },
      sources: [{ directory: join(world.base, 'store') }],
    },
  });
  world.file('a', 'content of a');
  await world.row('a', 'a');
  await world.row('gone', 'folder/gone.csv');
  mkdirSync(join(world.base, 'store/atlas'));
  writeFileSync(join(world.base, 'store/atlas/home-2026-11-01.tar.gz'), 'archive');
  writeFileSync(
    join(world.base, 'store/atlas/home-2026-11-01.tar.gz.list.txt'),
    '-rw-r--r-- 0/0 1 2026-11-01 00:00 a\n',
  );
  for (const job of ['listings verify', 'checksums backfill', 'checksums verify', 'recovery plan'])
    await world.run(job);
  const { rows } = await world.db.query<{ job: string; summary: unknown }>(
    'select job, summary from salvor.runs',
  );
  real = Object.fromEntries(rows.map(({ job, summary }) => [job, summary]));
});
afterAll(() => world.close());

/** Objects whose keys are data, such as artifact types. */
const MAPS = new Set(['by_type']);

/** Every path to a value, with its kind. Entries of a list or a map are merged into one path. */
function shape(value: unknown, path = ''): string[] {
  if (Array.isArray(value))
    return [`${path}[]`, ...value.slice(0, 1).flatMap((one) => shape(one, `${path}[]`))];
  if (typeof value !== 'object' || value === null) return [`${path}: ${kind(value, path)}`];
  const entries = Object.entries(value);
  if (MAPS.has(path)) return [...new Set(entries.flatMap(([, one]) => shape(one, `${path}.*`)))];
  return entries.flatMap(([name, one]) => shape(one, path === '' ? name : `${path}.${name}`));
}

/** A nullable value has the kind of its non-null values. */
const NULLABLE = /(_at|stopped_by)$/;

function kind(value: unknown, path: string): string {
  return NULLABLE.test(path) ? 'nullable' : typeof value;
}

it('the summaries seeded by the dashboard tests have the shape of real ones', () => {
  for (const [job, summary] of Object.entries(seededSummaries())) {
    expect(real[job], job).toBeDefined();
    expect(shape(summary).sort(), job).toEqual(shape(real[job]).sort());
  }
});

it('the summaries seeded by its benchmark do too', () => {
  const summaries = {
    'listings verify': { ...bench.VERIFY, partitions: [bench.PARTITION] },
    'checksums backfill': bench.BACKFILL,
    'checksums verify': bench.SCRUB,
    'recovery plan': bench.PLAN,
  };
  for (const [job, summary] of Object.entries(summaries))
    expect(shape(summary).sort(), job).toEqual(shape(real[job]).sort());
});

it('detects fields that are missing, extra or of another kind', () => {
  const job = 'checksums backfill';
  const seeded = seededSummaries()[job] as Record<string, unknown>;
  const expected = shape(real[job]).sort();
  const { rows_lost: _, ...without } = seeded;
  for (const wrong of [without, { ...seeded, rows_lost: '2' }, { ...seeded, url: 's3://b/' }])
    expect(shape(wrong).sort()).not.toEqual(expected);
});
