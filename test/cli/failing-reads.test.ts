import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { type CliOptions, salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

let base: string;
let fresh: FreshDatabase;
let db: Database;
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-failing-'));
  mkdirSync(join(base, 'root'));
  fresh = await freshDatabase();
  db = await connect(fresh.url);
  await db.query(
    'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb)',
  );
});
afterEach(async () => {
  await db.close();
  await fresh.drop();
  rmSync(base, { recursive: true });
});

async function row(id: string, path: string, metadata: object = {}): Promise<void> {
  await db.query("insert into artifacts values ($1, 'dataset', $2, $3)", [id, path, metadata]);
}

async function file(id: string, content: string, metadata?: object): Promise<void> {
  writeFileSync(join(base, 'root', id), content);
  await row(id, id, metadata);
}

async function run(words: string, options: Pick<CliOptions, 'env' | 'preload'> = {}) {
  const { code, stdout } = await salvor(
    [...words.split(' '), '--config', join(base, 'salvor.yaml'), '--registry', fresh.url, '--json'],
    { ...options, env: { ...options.env, HOME: base } },
  );
  const { summary, findings } = JSON.parse(stdout);
  return { code, summary, findings };
}

const metadataOf = async (id: string): Promise<object | undefined> =>
  (await db.query<{ metadata: object }>('select metadata from artifacts where id = $1', [id])).rows[0]
    ?.metadata;

const marker = (content: string): object => ({
  file_sha256: createHash('sha256').update(content).digest('hex'),
  file_size_bytes: content.length,
  file_sha256_computed_at: '2024-01-01T00:00:00Z',
});

it('a disk that answers EIO: the row is not recorded, the run goes on, exit 1', async () => {
  // Reading the memory of a process at address 0 is a real EIO.
  const roots = JSON.stringify([{ path: join(base, 'root') }, { path: `/proc/${process.pid}` }]);
  writeFileSync(join(base, 'salvor.yaml'), `roots: ${roots}\n`, { mode: 0o600 });
  await file('a', 'first');
  await row('b', 'mem', { md5: '0'.repeat(32) });
  await file('c', 'last');
  const { code, summary, findings } = await run('checksums backfill');
  expect(code).toBe(1);
  expect(summary).toMatchObject({ rows_updated: 2, rows_unreadable: 1, drift_events: 0, stopped_by: null });
  expect(findings).toMatchObject([{ code: 'file.unreadable', severity: 'error', subject: 'b' }]);
  expect(findings[0].message).toContain('EIO');
  expect(await metadataOf('b')).toEqual({ md5: '0'.repeat(32) });
});

const HALF = 300_000;
const LARGE = 'x'.repeat(2 * HALF);

it.each([
  ['as a whole', ''],
  ['in parts', ' --max-bytes 500000'],
])(
  'ESTALE in the middle of a file that is read %s: neither lost nor drift, and verified once it is back',
  async (_, flags) => {
    writeFileSync(join(base, 'salvor.yaml'), `roots: [{ path: ${join(base, 'root')} }]\n`, { mode: 0o600 });
    await file('stale', LARGE, marker(LARGE));
    await file('other', 'other', marker('other'));
    const before = await metadataOf('stale');
    const stale = {
      preload: ['failing-reads.mjs'],
      env: { READ_FAILS_AT: '/stale', READ_FAILS_AFTER: String(HALF), READ_ERROR: 'ESTALE' },
    };
    const { code, summary, findings } = await run(`checksums verify${flags}`, stale);
    expect(code).toBe(1);
    expect(summary).toMatchObject({ rows_unchanged: 1, rows_unreadable: 1, rows_lost: 0, drift_events: 0 });
    expect(findings[0]).toMatchObject({ code: 'file.unreadable', subject: 'stale' });
    expect(findings[0].message).toContain('ESTALE');
    expect(await metadataOf('stale')).toEqual(before);
    const { rows } = await db.query(
      "select from salvor.digests where artifact_id = 'stale' and verified_at is not null",
    );
    expect(rows).toEqual([]);
    expect(await run('checksums verify')).toMatchObject({ code: 0, findings: [] });
  },
);
