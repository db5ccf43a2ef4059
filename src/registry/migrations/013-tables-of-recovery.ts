import { ARTIFACTS_TABLE_SETTING } from './010-table-names.js';
import type { Migration } from './migration.js';

/**
 * Decisions, rows of plans and proofs say which table they are about, as journal, digests and drift do since step 10, so
 * that two tables with equal ids share none of them. What was there before belongs to the configured table; where that
 * is in another database, or nobody says which it is, to whichever table asks (an empty name).
 */
export const tablesOfRecovery: Migration = {
  version: 13,
  name: 'tables of recovery',
  sql: `
do $step$
declare
  configured text := nullif(pg_catalog.current_setting('${ARTIFACTS_TABLE_SETTING}', true), '');
  owner text;
  target text;
begin
  select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) into owner
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = pg_catalog.to_regclass(configured);
  foreach target in array array['decisions', 'recovery_rows', 'proofs'] loop
    execute pg_catalog.format('alter table salvor.%I add column table_name text not null default %L', target, coalesce(owner, ''));
    execute pg_catalog.format('alter table salvor.%I alter column table_name drop default', target);
  end loop;
end
$step$;

alter table salvor.recovery_rows drop constraint recovery_rows_pkey, add primary key (artifact_id, table_name);

drop index salvor.decisions_artifact;
create index decisions_artifact on salvor.decisions (artifact_id, table_name, id);

drop index salvor.proofs_artifact;
create index proofs_artifact on salvor.proofs (artifact_id, table_name, proved_at desc);
`,
  grants: {},
};
