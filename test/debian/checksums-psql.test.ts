import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Database } from '../../src/registry/database.js';
import { plant, rowsOf } from '../jobs/checksums/planted.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

const COUNT = 700;
let base: string;
let opened: { fresh: FreshDatabase; db: Database }[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'salvor-psql-'));
  opened = [];
});
afterEach(async () => {
  for (const { fresh, db } of opened) {
    await db.close();
    await fresh.drop();
  }
  rmSync(base, { recursive: true });
});

async function planted(options: { empty?: boolean } = {}): Promise<{ url: string; db: Database }> {
  const fresh = await freshDatabase(options);
  const db = await connect(fresh.url);
  opened.push({ fresh, db });
  await plant(db, join(base, 'root'), COUNT);
  return { url: fresh.url, db };
}

async function schemasOf(db: Database): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>('select nspname as name from pg_namespace order by 1');
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('pg_'));
}

function backfill(url: string, mode: string, ...args: string[]) {
  const config = join(base, 'salvor.yaml');
  writeFileSync(
    config,
    `roots: [{ path: root }]\nregistry: { guard: [content_hash, title], mode: ${mode} }\n` +
      (mode === 'readonly' ? `state: { url: "embedded:${base}/state" }\n` : ''),
    { mode: 0o600 },
  );
  return salvor(['checksums', 'backfill', '--config', config, '--registry', url, ...args]);
}

describe('SQL for a read-only registry, run by hand with psql', () => {
  it.each([{ empty: false }, { empty: true }])(
    'leaves exactly the rows that a writing run leaves, and no table of Salvor (%j)',
    async (options) => {
      const written = await planted();
      expect((await backfill(written.url, 'write')).code).toBe(1);
      rmSync(join(base, 'root'), { recursive: true });
      const scripted = await planted(options);
      const sql = join(base, 'changes.sql');
      const run = await backfill(scripted.url, 'readonly', '--emit-sql', sql, '--json');
      expect(run.code, run.stderr).toBe(1);
      expect(
        (await scripted.db.query(`select from artifacts where metadata ? 'file_sha256_computed_at'`))
          .rowCount,
      ).toBe(COUNT / 100);
      const psql = () =>
        execFileSync('psql', ['-X', '-q', '-f', sql, scripted.url], { encoding: 'utf8', stdio: 'pipe' });
      const before = await schemasOf(scripted.db);
      psql();
      expect(await rowsOf(scripted.db)).toEqual(await rowsOf(written.db));
      psql();
      expect(await rowsOf(scripted.db)).toEqual(await rowsOf(written.db));
      expect(await schemasOf(scripted.db)).toEqual(before);
      expect(before.includes('salvor')).toBe(!options.empty);
    },
  );

  it('is required: a read-only registry refuses everything else', async () => {
    const { url } = await planted();
    const refused = await backfill(url, 'readonly', '--json');
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: { hint: expect.stringContaining('--emit-sql') },
    });
  });
});
