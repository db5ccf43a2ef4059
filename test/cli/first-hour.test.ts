import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../src/registry/database.js';
import { salvor } from '../support/cli.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';

/** What a new user meets on the way from an empty database to the first recovery. */
let base: string;
let fresh: FreshDatabase;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'salvor-first-hour-'));
  fresh = await freshDatabase();
  const db = await connect(fresh.url);
  await db.query('drop schema if exists salvor cascade');
  await db.query(
    'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb)',
  );
  await db.close();
  mkdirSync(join(base, 'data'));
  writeFileSync(join(base, 'data', 'a.csv'), 'x');
});
afterAll(async () => {
  await fresh.drop();
  rmSync(base, { recursive: true });
});

function config(root: string): string[] {
  const file = join(base, 'salvor.yaml');
  writeFileSync(file, `registry: { table: public.artifacts }\nroots: [${root}]\n`, { mode: 0o600 });
  return ['--config', file, '--registry', fresh.url];
}

it('doctor reports that the tables are missing once, and that the rest was not tried', async () => {
  const { stdout, code } = await salvor(['doctor', ...config('{ path: data }')]);
  expect(code).toBe(1);
  expect(stdout.match(/^ERROR/gm)).toHaveLength(1);
  expect(stdout).toContain("registry.not_initialised: Salvor's tables do not exist yet");
  expect(stdout).toMatch(/warning {2}artifacts public\.artifacts: .*were not tried/);
});

it('init says that it created them, without their internal names, and the second time that they are ready', async () => {
  const first = await salvor(['init', ...config('{ path: data }')]);
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining("created  Salvor's tables in ") });
  expect(first.stdout).not.toContain('one ledger');
  expect((await salvor(['init', ...config('{ path: data }')])).stdout).toContain("ready    Salvor's tables");
});

it('doctor reports a sentinel that is missing once', async () => {
  const { stdout } = await salvor(['doctor', ...config('{ path: data, sentinel: .git }')]);
  expect(stdout.match(/^ERROR/gm)).toHaveLength(1);
  expect(stdout).toContain('its sentinel .git ');
});

it('a recovery without sources or types names the lines to add', async () => {
  const { stderr, code } = await salvor(['recovery', 'plan', ...config('{ path: data }')]);
  expect(code).toBe(2);
  expect(stderr).toContain('`recovery: { sources: [{ archives: s3://bucket/backups/ }] }`');
});
