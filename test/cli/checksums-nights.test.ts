import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** SALVOR_NIGHT_SECONDS=60 SALVOR_SMALL_FILES=10000 is the full size: a file of ten minutes, a minute a night. */
const NIGHT_SECONDS = Number(process.env.SALVOR_NIGHT_SECONDS ?? 2);
const SMALL_FILES = Number(process.env.SALVOR_SMALL_FILES ?? 50);
/** What a large file takes, in nights. */
const NIGHTS = NIGHT_SECONDS >= 6 ? 10 : 3;
/** A test that needs more hangs. */
const MOST_NIGHTS = 30;
const RATE = 500_000;

let base: string;
let fresh: FreshDatabase;
let db: Database;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-nights-'));
  mkdirSync(join(base, 'root'));
  writeFileSync(join(base, 'salvor.yaml'), 'roots: [{ path: root }]\n', { mode: 0o600 });
  fresh = await freshDatabase();
  db = await connect(fresh.url);
  await db.query(
    `create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb)`,
  );
});
afterEach(async () => {
  await db.close();
  await fresh.drop();
  rmSync(base, { recursive: true });
});

/** Hashed by another program, at this time. */
async function plant(ids: readonly string[], content: Buffer, computedAt: string): Promise<void> {
  for (const id of ids) writeFileSync(join(base, 'root', id), content);
  const metadata = {
    file_sha256: createHash('sha256').update(content).digest('hex'),
    file_size_bytes: content.length,
    file_sha256_computed_at: computedAt,
  };
  await db.query(`insert into artifacts select id, 'dataset', id, $2 from unnest($1::text[]) as i(id)`, [
    ids,
    metadata,
  ]);
}

async function night() {
  const words = ['checksums', 'verify', '--rate', `${RATE}B/s`, '--max-duration', `${NIGHT_SECONDS}s`];
  const { code, stdout, stderr } = await salvor([
    ...[...words, '--config', join(base, 'salvor.yaml'), '--registry', fresh.url, '--json'],
  ]);
  expect(`${stdout}${stderr}`).not.toMatch(/Infinity|NaN/);
  expect(code).toBe(0);
  return JSON.parse(stdout).summary;
}

const verified = async (like: string): Promise<number> => {
  const { rows } = await db.query<{ n: number }>(
    'select count(*)::integer as n from salvor.digests where artifact_id like $1 and verified_at is not null',
    [like],
  );
  return rows[0]?.n ?? 0;
};

const readOfLarge = async (): Promise<number> => {
  const { rows } = await db.query<{ bytes: number }>(
    'select coalesce(sum(offset_bytes), 0)::float8 as bytes from salvor.partial_reads',
  );
  return rows[0]?.bytes ?? 0;
};

it('three large files are the oldest: small ones are all verified before any of them, and the large ones continue', async () => {
  const size = NIGHTS * NIGHT_SECONDS * RATE;
  await plant(['large-1', 'large-2', 'large-3'], Buffer.alloc(size, 'x'), '2020-01-01T00:00:00Z');
  const small = Array.from({ length: 8 }, (_, i) => `small-${i}`);
  await plant(small, Buffer.from('small'), '2024-01-01T00:00:00Z');
  // On a busy host a night may be over before much was read.
  for (let nights = 0; (await verified('small%')) < 8; nights += 1) {
    expect(nights).toBeLessThan(MOST_NIGHTS);
    const summary = await night();
    expect(summary).toMatchObject({ rows_partial: expect.any(Number), period_met: false });
    expect(await verified('large%')).toBe(0);
  }
  for (let continued = 0, nights = 0; continued < 2; nights += 1) {
    expect(nights).toBeLessThan(MOST_NIGHTS);
    const before = await readOfLarge();
    await night();
    if ((await readOfLarge()) > before || (await verified('large%')) > 0) continued += 1;
  }
}, 240_000);

it(
  'a file of several nights among many small ones: they are done, and it after about as many',
  async () => {
    const size = NIGHTS * NIGHT_SECONDS * RATE;
    await plant(['large'], Buffer.alloc(size, 'y'), '2020-01-01T00:00:00Z');
    const small = Array.from({ length: SMALL_FILES }, (_, i) => `small-${i}`);
    await plant(small, Buffer.from('small'), '2024-01-01T00:00:00Z');
    const told: object[] = [];
    let read = 0;
    while ((await verified('large')) === 0) {
      const summary = await night();
      told.push({ small: await verified('small%'), runsLeft: summary.partial_progress?.runs_left });
      read += summary.bytes_hashed ?? 0;
      // Half of each night is theirs. On a busy host little of a short night is left for either.
      expect(told.length).toBeLessThanOrEqual(process.env.SALVOR_NIGHT_SECONDS ? 2 * NIGHTS : MOST_NIGHTS);
    }
    expect(await verified('small%')).toBe(SMALL_FILES);
    expect(read).toBeLessThanOrEqual(1.01 * (size + SMALL_FILES * Buffer.byteLength('small')));
    if (process.env.SALVOR_SMALL_FILES)
      console.log(JSON.stringify({ nights: told.length, size, read, told }));
  },
  180_000 + 3 * NIGHTS * NIGHT_SECONDS * 1000,
);
