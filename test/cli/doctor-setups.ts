/** How a registry may be set up, well or badly: what `doctor` says of each must be what a job then does. */
export interface Setup {
  name: string;
  /** Run by the DBA before the printed SQL: the table is reg.artifacts, ROLE the role of Salvor. */
  ddl?: string;
  /** Run by the DBA after the printed SQL. */
  after?: string;
  /** Merged into the configuration. */
  config?: { [section: string]: object };
  /** `works`, or the code that `doctor` names. */
  expected: 'works' | (string & {});
  /** The code of the job, where it has another way to say the same. */
  job?: string;
  command?: readonly string[];
  /** What a warning of doctor must hold where everything works. */
  warns?: RegExp;
}

const AS_VIEW = (select: string): string =>
  `alter table reg.artifacts rename to base; create view reg.artifacts as ${select};`;
const TRIGGER = (body: string): string =>
  `create function reg.f() returns trigger language plpgsql as $$ begin ${body} end $$;
   create trigger keeper before update on reg.artifacts for each row execute function reg.f();`;
const MIRROR = { mirror: { table: 'reg.history', columns: { artifact_id: 'artifact', field: 'field' } } };
const EVENTS = (status: string): string =>
  `create type reg.state as enum ('busy', 'ok', 'partial', 'findings', 'incomplete', 'interrupted');
   create table reg.events (n serial primary key, check_name text not null, status ${status} not null);`;

export const SETUPS: readonly Setup[] = [
  { name: 'a plain table and the printed grants', expected: 'works' },
  {
    name: 'a role with a search_path and a statement_timeout of its own',
    // The update takes longer than the role's timeout; what a connection begins with does not, on any machine.
    ddl: `create function reg.slow() returns trigger language plpgsql as $$
        begin perform pg_catalog.pg_sleep(3); return new; end $$;
      create trigger slow before update on reg.artifacts for each row execute function reg.slow()`,
    after: "alter role ROLE set search_path = public; alter role ROLE set statement_timeout = '2s'",
    expected: 'works',
  },
  {
    name: 'row-level security that applies to the role',
    ddl: 'alter table reg.artifacts enable row level security',
    expected: 'registry.row_security',
  },
  {
    name: 'row-level security that was accepted',
    ddl: 'alter table reg.artifacts enable row level security; create policy p on reg.artifacts using (true)',
    config: { registry: { row_security: 'allow' } },
    expected: 'works',
  },
  {
    name: 'a role that only reads by default',
    after: 'alter role ROLE set default_transaction_read_only = on',
    expected: 'registry.read_only',
  },
  { name: 'a view that can be updated', ddl: AS_VIEW('select * from reg.base'), expected: 'works' },
  {
    name: 'a view that cannot',
    ddl: AS_VIEW('select distinct * from reg.base'),
    expected: 'registry.not_updatable',
  },
  {
    name: 'a generated column',
    ddl: 'alter table reg.artifacts drop metadata, add doc jsonb, add metadata jsonb generated always as (doc) stored',
    expected: 'registry.generated_column',
  },
  { name: 'a trigger that discards writes', ddl: TRIGGER('return null;'), expected: 'row.side_effect' },
  {
    name: 'a trigger that changes what is written',
    ddl: TRIGGER("new.metadata = new.metadata - 'file_size_bytes'; return new;"),
    expected: 'row.side_effect',
  },
  {
    name: 'a constraint that refuses every write',
    ddl: "alter table reg.artifacts add check (not metadata ? 'file_sha256')",
    expected: 'row.refused',
  },
  {
    name: 'an id of type char(n)',
    ddl: 'alter table reg.artifacts alter id type char(8)',
    expected: 'works',
  },
  {
    name: 'a composite key',
    ddl: `alter table reg.artifacts drop constraint artifacts_pkey, add primary key (id, artifact_type);
      insert into reg.artifacts values ('1', 'figure', '1.csv', '{}')`,
    expected: 'registry.id_not_unique',
  },
  {
    name: 'an id of a type whose text says too little',
    ddl: 'alter table reg.artifacts alter id type float8 using id::float8',
    expected: 'registry.id_type',
  },
  {
    name: 'a table that is not there',
    after: 'grant usage on schema reg to ROLE',
    config: { registry: { table: 'reg.absent' } },
    expected: 'registry.missing_table',
  },
  {
    name: 'no right to update the metadata',
    after: 'revoke update (metadata) on reg.artifacts from ROLE',
    expected: 'registry.denied',
  },
  {
    name: "no right to write Salvor's journal",
    after: 'revoke insert on salvor.journal from ROLE',
    expected: 'registry.denied',
  },
  {
    name: 'a mirror that takes its rows',
    ddl: 'create table reg.history (n serial, artifact text, field text)',
    config: { journal: MIRROR },
    expected: 'works',
  },
  {
    name: 'a mirror that cannot take a row',
    ddl: 'create table reg.history (n serial, artifact text, field text, content_type text not null)',
    config: { journal: MIRROR },
    expected: 'row.refused',
  },
  {
    name: 'a mirror without the right to insert',
    ddl: 'create table reg.history (n serial, artifact text, field text)',
    after: 'revoke insert on reg.history from ROLE',
    config: { journal: MIRROR },
    expected: 'registry.denied',
  },
  {
    name: 'an enum of the health table that lacks a status',
    ddl: EVENTS('reg.state'),
    config: { health: { table: 'reg.events' } },
    expected: 'health.column_type',
    job: 'health.sink_failed',
  },
  {
    name: 'the same, with the status mapped',
    ddl: EVENTS('reg.state'),
    config: { health: { table: 'reg.events', statuses: { running: 'busy' } } },
    expected: 'works',
  },
  {
    name: 'the same, with the status left out',
    ddl: EVENTS('reg.state'),
    config: { health: { table: 'reg.events', statuses: { running: null } } },
    expected: 'works',
  },
  {
    name: 'a health table without USAGE on its sequence',
    ddl: EVENTS('text'),
    after: 'revoke usage on sequence reg.events_n_seq from ROLE',
    config: { health: { table: 'reg.events' } },
    expected: 'health.table_denied',
    job: 'health.sink_failed',
  },
  {
    name: 'a webhook that nobody answers',
    config: { health: { webhook: 'http://127.0.0.1:9/hook' } },
    expected: 'health.webhook_failed',
    job: 'health.sink_failed',
  },
  {
    name: 'a registry that is only read, with its state elsewhere',
    config: { registry: { mode: 'readonly', emit_sql: 'scripts' }, state: { url: 'embedded:state' } },
    expected: 'works',
  },
  {
    name: 'a registry that is only read, without a place for scripts',
    config: { registry: { mode: 'readonly' }, state: { url: 'embedded:state' } },
    expected: 'scripts',
    job: 'usage.invalid',
  },
  {
    name: 'a query of references that fails',
    config: {
      references: { sql: 'select nonsense from nowhere' },
      recovery: { sources: [{ directory: 'BASE/data' }], types: { dataset: {} } },
    },
    command: ['recovery', 'plan'],
    expected: 'references.sql',
    job: 'references.failed',
  },
  {
    name: 'an unknown time zone',
    config: { checksums: { timezone: 'Mars/Olympus' } },
    expected: 'config.invalid',
  },
  {
    name: 'a root that is not there',
    config: { roots: [{ path: '/nowhere/at/all' }] as object },
    expected: 'root.unavailable',
  },
  {
    name: 'paths that are relative to the repository',
    ddl: "update reg.artifacts set file_path = 'data/files/' || file_path",
    expected: 'works',
    warns: /set strip: "data\/files\/"/,
  },
];
