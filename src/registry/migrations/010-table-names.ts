import type { Migration } from './migration.js';

/** The setting that names the table of the entries made before this step; `migrate` sets it from the configuration. */
export const ARTIFACTS_TABLE_SETTING = 'salvor.artifacts_table';

/**
 * Journal, digests and drift say which table they are about, as `schema.table` with quotes only where SQL needs them:
 * two tables with equal ids share no entry. What was there before belongs to the configured table; where nobody says
 * which, to the only table with a `file_path` and a `metadata`; else to none (an empty name).
 *
 * The default lasts for this step alone. Afterwards an insert without a table fails.
 */
export const tableNames: Migration = {
  version: 10,
  name: 'table names',
  sql: `
do $step$
declare
  configured text := nullif(pg_catalog.current_setting('${ARTIFACTS_TABLE_SETTING}', true), '');
  owner text;
begin
  select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) into owner
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = pg_catalog.to_regclass(configured);
  if owner is null then
    select pg_catalog.min(t.name) into owner
    from (
      select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
        and (select pg_catalog.count(*) from pg_catalog.pg_attribute a
             where a.attrelid = c.oid and not a.attisdropped and a.attname in ('file_path', 'metadata')) = 2
    ) t
    having pg_catalog.count(*) = 1;
  end if;
  execute pg_catalog.format('alter table salvor.journal add column table_name text not null default %L', coalesce(owner, ''));
  execute pg_catalog.format('alter table salvor.digests add column table_name text not null default %L', coalesce(owner, ''));
  execute pg_catalog.format('alter table salvor.drift add column table_name text not null default %L', coalesce(owner, ''));
end
$step$;
alter table salvor.journal alter column table_name drop default;
alter table salvor.digests alter column table_name drop default;
alter table salvor.drift alter column table_name drop default;

alter table salvor.digests drop constraint digests_pkey, add primary key (artifact_id, table_name);

drop index salvor.journal_artifact;
create index journal_artifact on salvor.journal (artifact_id, table_name, id);

drop index salvor.drift_open_once;
create unique index drift_open_once on salvor.drift (artifact_id, table_name, old_sha256, new_sha256)
  where state = 'open';
drop index salvor.drift_artifact;
create index drift_artifact on salvor.drift (artifact_id, table_name, id);
`,
  grants: {},
};
