import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { salvorHere } from '../support/cli-in-process.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { ADOPTED } from './adopted-schemas.js';

/** An adopter's way: the SQL for the DBA, init, doctor, backfill, verify, undo. Nothing is wrong or silent on it. */
let fresh: FreshDatabase;
let admin: pg.Client;
let role: string;
let base: string;

beforeEach(async () => {
  fresh = await freshDatabase({ empty: true });
  admin = new pg.Client(fresh.url);
  await admin.connect();
  role = `adopter_${fresh.name}`;
  await admin.query(`create role ${role} login; grant usage on schema public to ${role}`);
  base = await mkdtemp(join(tmpdir(), 'salvor-adopted-'));
});
afterEach(async () => {
  await admin.query(`drop owned by ${role}; drop role ${role}`);
  await admin.end();
  await fresh.drop();
  await rm(base, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: whatever the command prints
async function salvor(...args: string[]): Promise<{ code: number; json: any; text: string }> {
  const ran = await salvorHere([...args, '--config', join(base, 'salvor.yaml'), '--json']);
  return { code: ran.code, json: JSON.parse(ran.stdout || '{}'), text: ran.stdout + ran.stderr };
}

it.each(ADOPTED)('$name', async ({ ddl, registry, files, expected, says, table }) => {
  const data = join(base, 'data');
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(data, path)), { recursive: true });
    await writeFile(join(data, path), content);
  }
  const rows = async () => (await admin.query(`select t::text as row from ${table} t order by 1`)).rows;
  await admin.query(ddl.replaceAll('DIR', data));
  const before = await rows();
  // The printed SQL grants rights on columns that must be there; without one, an owner of the database goes on.
  const lacksColumn = expected === 'registry.missing_column';
  const url = lacksColumn ? fresh.url : fresh.url.replace('salvor@', `${role}@`);
  await writeFile(
    join(base, 'salvor.yaml'),
    JSON.stringify({ registry: { url, ...registry }, roots: [{ path: data }] }),
    { mode: 0o600 },
  );
  const printed = await salvorHere(['doctor', '--print-sql', '--config', join(base, 'salvor.yaml')]);
  if (lacksColumn) expect((await salvor('init')).code).toBe(0);
  else await admin.query(printed.stdout);
  const doctor = await salvor('doctor');
  const backfill = await salvor('checksums', 'backfill');
  if (typeof expected === 'string') {
    expect(doctor.code, doctor.text).toBe(1);
    expect(doctor.text).toContain(expected);
    expect(backfill.code, backfill.text).not.toBe(0);
    expect(backfill.text).toContain(expected);
    expect(await rows()).toEqual(before);
    return;
  }
  expect((await salvor('init')).code).toBe(0);
  expect(doctor.code, doctor.text).toBe(0);
  if (says !== undefined) expect(doctor.text).toMatch(says);
  expect(backfill, backfill.text).toMatchObject({ code: 0, json: { summary: expected } });
  const verify = await salvor('checksums', 'verify');
  expect(verify.code, verify.text).toBe(0);
  expect((await salvor('checksums', 'backfill')).json.summary.rows_updated).toBe(0);
  if (expected.rows_updated === 0) return;
  expect(await rows()).not.toEqual(before);
  const undone = await salvor('journal', 'undo', backfill.json.run_id ?? backfill.json.run?.id, '--yes');
  expect(undone, undone.text).toMatchObject({
    code: 0,
    json: { summary: { undone: expected.rows_updated } },
  });
  expect(await rows()).toEqual(before);
});
