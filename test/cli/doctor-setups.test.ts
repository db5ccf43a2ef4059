import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/cli/config/load.js';
import { grantsSql } from '../../src/cli/operate/doctor/grants-sql.js';
import { salvor } from '../support/cli.js';
import { salvorHere } from '../support/cli-in-process.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { SETUPS, type Setup } from './doctor-setups.js';

let fresh: FreshDatabase;
let admin: pg.Client;
let role: string;
let base: string;

beforeEach(async () => {
  fresh = await freshDatabase({ empty: true });
  admin = new pg.Client(fresh.url);
  await admin.connect();
  role = `doctor_${fresh.name}`;
  await admin.query(
    `create schema reg; create table reg.artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb);
     insert into reg.artifacts select n::text, 'dataset', n || '.csv', '{}' from generate_series(1, 3) n;
     create role ${role} login`,
  );
  base = await mkdtemp(join(tmpdir(), 'salvor-doctor-'));
  // The commands run in this process, and find nothing of this machine's configuration.
  process.chdir(base);
  Object.assign(process.env, { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' });
  await mkdir(join(base, 'data/files'), { recursive: true });
  for (const n of [1, 2, 3]) await writeFile(join(base, 'data/files', `${n}.csv`), `content ${n}`);
});

afterEach(async () => {
  await admin.query(`drop owned by ${role}; drop role ${role}`);
  await admin.end();
  await fresh.drop();
  process.chdir('/');
  await rm(base, { recursive: true, force: true });
});

interface Said {
  code: number | null;
  /** Codes of its failures and findings. */
  codes: string[];
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the command prints
  json: any;
}

async function run(...args: string[]): Promise<Said> {
  const ran = await salvorHere([...args, '--config', join(base, 'salvor.yaml'), '--json']);
  const json = JSON.parse(ran.stdout || '{}');
  const findings = (json.findings ?? []) as { code: string; subject: string; message: string }[];
  const codes = findings.flatMap(({ code, subject, message }) => [
    code,
    subject,
    message.split(':')[0] ?? '',
  ]);
  return { code: ran.code, codes: [...codes, json.error?.code ?? ''], text: ran.stdout + ran.stderr, json };
}

function configOf({ config = {} }: Setup): object {
  const plain: Record<string, object> = {
    registry: { url: fresh.url.replace('salvor@', `${role}@`), table: 'reg.artifacts' },
    roots: [{ path: join(base, 'data/files') }],
  };
  for (const [section, more] of Object.entries(config)) {
    plain[section] = Array.isArray(more) ? more : { ...plain[section], ...more };
  }
  return plain;
}

const inRole = (sql: string): string => sql.replaceAll('ROLE', role);

describe('what doctor says is what a job then does', () => {
  it.each(SETUPS)('$name: $expected', async (setup) => {
    const text = JSON.stringify(configOf(setup)).replaceAll('BASE', base);
    await writeFile(join(base, 'salvor.yaml'), text, { mode: 0o600 });
    if (setup.ddl) await admin.query(inRole(setup.ddl));
    // What is wrong in the file itself is found before any SQL is printed.
    const isWrong = ['config.invalid', 'registry.missing_table'].includes(setup.expected);
    if (!isWrong) await admin.query(grantsSql(parseConfig(text, 'salvor.yaml', {}), { role }));
    if (setup.expected === 'registry.missing_table')
      await admin.query(grantsSql({ registry: { url: fresh.url } }, { role }));
    if (setup.after) await admin.query(inRole(setup.after));
    const frozen = text.includes('readonly');
    if (frozen) expect((await run('init')).code).toBe(0);

    const doctor = await run('doctor');
    const job = await run(...(setup.command ?? ['checksums', 'backfill']));
    if (setup.expected === 'works') {
      expect(doctor.json.findings.filter((one: { severity: string }) => one.severity === 'error')).toEqual(
        [],
      );
      expect(job.codes.filter((code) => /^(registry|row|run|health)\./.test(code))).toEqual([]);
      expect([doctor.code, job.code]).toEqual([0, 0]);
      if (setup.warns) expect(doctor.text).toMatch(new RegExp(setup.warns.source.replaceAll('"', '\\\\"')));
      return;
    }
    expect(doctor.code, doctor.text).toBe(setup.expected === 'config.invalid' ? 2 : 1);
    expect(doctor.codes, doctor.text).toContain(setup.expected);
    expect(job.codes).toContain(setup.job ?? setup.expected);
    // Every message leads to the next step.
    for (const { message } of doctor.json.findings ?? []) expect(message).toMatch(/; \S/);
  });
});

it('the printed SQL is enough for a role without rights, whoever runs it and however often, and complete', async () => {
  await admin.query(
    `create type reg.state as enum ('ok', 'findings', 'incomplete', 'interrupted', 'partial');
     create table reg.events (n serial primary key, "Check" text not null, status reg.state not null);
     create table reg.edit_history (n serial primary key, content_type text not null, content_id text not null, field text not null)`,
  );
  await writeFile(
    join(base, 'salvor.yaml'),
    JSON.stringify({
      registry: { url: fresh.url.replace('salvor@', `${role}@`), table: 'reg.artifacts' },
      roots: [{ path: join(base, 'data/files') }],
      recovery: {
        destination: join(base, 'data/files'),
        sources: [{ directory: join(base, 'data') }],
        types: { dataset: {} },
      },
      health: { table: 'reg.events', columns: { check_name: 'Check' }, statuses: { running: null } },
      journal: {
        mirror: {
          table: 'reg.edit_history',
          columns: { artifact_id: 'content_id', field: 'field' },
          constants: { content_type: 'artifact' },
        },
      },
    }),
    { mode: 0o600 },
  );
  const { stdout } = await salvor(['doctor', '--print-sql', '--config', join(base, 'salvor.yaml')], {
    cwd: base,
  });
  // The role is the one of registry.url.
  expect(stdout).toContain(`to "${role}";`);
  await admin.query(stdout);
  await admin.query(stdout);
  expect((await run('init')).code).toBe(0);
  const doctor = await run('doctor');
  expect(doctor.json.findings.filter((one: { severity: string }) => one.severity === 'error')).toEqual([]);
  expect(await run('checksums', 'backfill')).toMatchObject({
    code: 0,
    json: { summary: { rows_updated: 3 } },
  });
  expect(await run('recovery', 'run')).toMatchObject({ code: 0 });
  const { rows } = await admin.query(
    'select (select count(*)::int from reg.edit_history) as copies, (select array_agg(status::text order by n) from reg.events) as events',
  );
  expect(rows).toEqual([{ copies: 9, events: ['ok', 'ok'] }]);
  // A doctor leaves no trace.
  expect(
    (await admin.query("select count(*)::int as n from salvor.journal where actor = 'salvor doctor'")).rows,
  ).toEqual([{ n: 0 }]);
});
