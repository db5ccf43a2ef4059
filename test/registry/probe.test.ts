import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { describeArtifacts } from '../../src/registry/artifacts/table-schema.js';
import { connect } from '../../src/registry/database.js';
import { type ProbeOptions, probeArtifacts } from '../../src/registry/probe.js';
import { PLAIN, type Table, tableOf } from './artifacts-support.js';

const DDL = `create schema reg; create table reg.artifacts (id text primary key, artifact_type text, file_path text,
  metadata jsonb); insert into reg.artifacts values ('1', 't', 'p', '{}'); `;
const TABLE = { ...PLAIN, table: 'reg.artifacts' };

let table: Table | undefined;
let role: string | undefined;
afterEach(async () => {
  if (role !== undefined) await table?.db.query(`drop owned by ${role}; drop role ${role}`);
  await table?.[Symbol.asyncDispose]();
  role = undefined;
});

/** The failure codes that a role with these grants gets for a table with this DDL. */
async function told(ddl: string, grants: string, options: Partial<ProbeOptions> = {}): Promise<string[]> {
  const name = `probe_${randomBytes(5).toString('hex')}`;
  table = await tableOf(DDL + ddl, TABLE);
  await table.db.query(
    `create role ${name} login; grant usage on schema reg, salvor to ${name};
     grant select, insert on salvor.journal to ${name}; grant select, insert, update, delete on salvor.digests, salvor.drift to ${name};
     ${grants.replaceAll('ROLE', name)}`,
  );
  role = name;
  const db = await connect(table.url.replace('salvor@', `${name}@`), { rowSecurity: options.rowSecurity });
  try {
    const shape = await describeArtifacts(db, TABLE);
    if (grants.includes('statement_timeout')) await db.query('select pg_catalog.pg_sleep(0.4)');
    const found = await probeArtifacts(db, shape, { intent: 'write', rowSecurity: 'refuse', ...options });
    for (const failure of found) expect(failure.hint).toBeTruthy();
    return found.map((failure) => failure.code);
  } finally {
    await db.close();
  }
}

const LEAST = 'grant select, update (metadata) on reg.artifacts to ROLE;';
const RLS = 'alter table reg.artifacts enable row level security; ';

describe('a working setup passes', () => {
  it.each([
    ['the least grants', '', LEAST],
    [
      'a role with a search_path and a timeout of its own',
      '',
      // What sets another timeout is itself a statement, and may take a while on a busy host.
      `${LEAST} alter role ROLE set search_path = ''; alter role ROLE set statement_timeout = '250ms'`,
    ],
    ['row-level security that does not apply to the role', RLS, `${LEAST} alter role ROLE bypassrls;`],
    [
      'a view that can be updated',
      'alter table reg.artifacts rename to base; create view reg.artifacts as select * from reg.base;',
      LEAST,
    ],
    [
      'a view with an INSTEAD OF trigger',
      `alter table reg.artifacts rename to base; create view reg.artifacts as select distinct * from reg.base;
       create function reg.f() returns trigger language plpgsql as $$ begin
         update reg.base set metadata = new.metadata where id = new.id; return new; end $$;
       create trigger t instead of update on reg.artifacts for each row execute function reg.f();`,
      'grant select, update on reg.artifacts to ROLE;',
    ],
  ])('%s', async (_, ddl, grants) => {
    expect(await told(ddl, grants)).toEqual([]);
  });

  it('row-level security that was accepted', async () => {
    expect(await told(RLS, LEAST, { rowSecurity: 'allow' })).toEqual([]);
  });

  it('reading alone, without the right to write', async () => {
    expect(await told('', 'grant select on reg.artifacts to ROLE;', { intent: 'read' })).toEqual([]);
  });
});

describe('what the server would refuse or hide is found before anything is changed', () => {
  it.each([
    ['row-level security', ['registry.row_security'], RLS, LEAST],
    [
      'row-level security behind a view that asks with the rights of its reader',
      ['registry.row_security'],
      `${RLS} alter table reg.artifacts rename to base;
       create view reg.artifacts with (security_invoker = true) as select * from reg.base;`,
      'grant select, update on reg.artifacts, reg.base to ROLE;',
    ],
    [
      'a role that only reads by default',
      ['registry.read_only'],
      '',
      `${LEAST} alter role ROLE set default_transaction_read_only = on;`,
    ],
    [
      'a view that joins',
      ['registry.not_updatable'],
      `alter table reg.artifacts rename to base; create table reg.more (id text);
       create view reg.artifacts as select b.* from reg.base b join reg.more m using (id);`,
      'grant select, update on reg.artifacts to ROLE;',
    ],
    [
      'a view whose metadata is an expression',
      ['registry.not_updatable'],
      `alter table reg.artifacts rename to base;
       create view reg.artifacts as select id, artifact_type, file_path, metadata || '{}' as metadata from reg.base;`,
      'grant select, update on reg.artifacts to ROLE;',
    ],
    [
      'a rule that does something in addition',
      ['registry.not_updatable'],
      'create table reg.log (id text); create rule r as on update to reg.artifacts do also insert into reg.log values (new.id);',
      LEAST,
    ],
    [
      'a generated column',
      ['registry.generated_column'],
      `alter table reg.artifacts drop metadata, add doc jsonb, add metadata jsonb generated always as (doc) stored;`,
      LEAST,
    ],
    ['no right to update', ['registry.denied'], '', 'grant select on reg.artifacts to ROLE;'],
    [
      'no right to update this column',
      ['registry.denied'],
      '',
      'grant select, update (file_path) on reg.artifacts to ROLE;',
    ],
    [
      'no right to read a column',
      ['registry.denied'],
      '',
      'grant select (id, metadata), update on reg.artifacts to ROLE;',
    ],
    [
      'no right to write the journal',
      ['registry.denied'],
      '',
      `${LEAST} revoke insert on salvor.journal from ROLE;`,
    ],
  ])('%s', async (_, codes, ddl, grants) => {
    expect(await told(ddl, grants)).toEqual(codes);
  });
});
