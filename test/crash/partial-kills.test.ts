import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { salvorKilledAfter } from '../support/killed.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** SALVOR_KILLS=300 makes this the long loop. */
const KILLS = Number(process.env.SALVOR_KILLS ?? 3);
/** From before the first byte is read to about the end of a run at this rate. */
const LONGEST_MS = 2500;
const SIZE = 3_000_000;
const RUN = ['--max-bytes', '1500000', '--rate', '1500KB/s'];

let base: string;
let fresh: FreshDatabase;
let db: Database;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-parts-'));
  mkdirSync(join(base, 'root'));
  fresh = await freshDatabase();
  db = await connect(fresh.url);
});
afterEach(async () => {
  await db.close();
  await fresh.drop();
  rmSync(base, { recursive: true, force: true });
});

async function scrub(more: readonly string[], killAfterMs?: number): Promise<boolean> {
  const config = join(base, 'salvor.yaml');
  writeFileSync(config, `roots: [{ path: "${join(base, 'root')}" }]\n`, { mode: 0o600 });
  const args = ['checksums', 'verify', '--config', config, '--registry', fresh.url, '--quiet', ...more];
  const { code, signal, stderr } = await salvorKilledAfter(args, killAfterMs);
  // 4: the server may not have noticed yet that the run before is dead.
  if (signal === null && code !== 0 && code !== 4) throw new Error(`exit ${code}: ${stderr}`);
  return signal === 'SIGKILL';
}

const keptOffset = async (): Promise<number> => {
  const { rows } = await db.query<{ offset: number }>(
    'select offset_bytes::float8 as offset from salvor.partial_reads',
  );
  return rows[0]?.offset ?? 0;
};

it(
  'a file that is read in parts survives kill -9 anywhere: no progress is taken back, and its digest is right',
  async () => {
    const content = createHash('shake256', { outputLength: SIZE }).update('seed').digest();
    writeFileSync(join(base, 'root', 'large'), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    await db.query(
      `create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb)`,
    );
    await db.query(`insert into artifacts values ('1', 'dataset', 'large', $1)`, [
      { file_sha256: sha256, file_size_bytes: SIZE, file_sha256_computed_at: '2026-01-01T00:00:00Z' },
    ]);
    let kills = 0;
    let before = 0;
    const isVerified = async (): Promise<boolean> => {
      const { rows } = await db.query<{ n: number }>(
        `select count(*)::integer as n from salvor.digests where verified_at is not null`,
      );
      return rows[0]?.n === 1;
    };
    while (kills < KILLS) {
      if (await scrub(RUN, Math.random() * LONGEST_MS)) kills += 1;
      if (await isVerified()) {
        await db.query('delete from salvor.digests');
        before = 0;
        continue;
      }
      const now = await keptOffset();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
    while (!(await isVerified())) await scrub([]);
    const { rows: drift } = await db.query('select from salvor.drift');
    expect(drift).toEqual([]);
    expect(await keptOffset()).toBe(0);
  },
  120_000 + KILLS * 20_000,
);
