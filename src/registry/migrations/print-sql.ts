import { quoteLiteral } from '../sql-script/literals.js';
import { ARTIFACTS_TABLE_SETTING } from './010-table-names.js';
import { migrations } from './all.js';
import { MIGRATIONS_TABLE } from './migration.js';

/** All steps and the least grants for `role`, as one script for a DBA. What is there already is left as it is. */
export function printSql(role = 'salvor', artifactsTable = 'artifacts'): string {
  const name = quoteName(role);
  const steps = migrations.map(
    (step) =>
      `-- ${step.version}: ${step.name}
do $salvor_step$ begin
  if exists (select from salvor.migrations where version = ${step.version}) then return; end if;
  execute $salvor_sql$
${step.sql.trim()}
$salvor_sql$;
  insert into salvor.migrations (version, name) values (${step.version}, ${quoteLiteral(step.name)});
end $salvor_step$;
`,
  );
  const grants = migrations
    .flatMap((step) => Object.entries(step.grants))
    .map(([table, privileges]) => `grant ${privileges.join(', ')} on ${table} to ${name};`);
  return [
    '-- The schema of salvor, and the least that the role which runs it needs.',
    'begin;',
    'create schema if not exists salvor;',
    MIGRATIONS_TABLE,
    `set local ${ARTIFACTS_TABLE_SETTING} = ${quoteLiteral(artifactsTable)};`,
    ...steps,
    `grant usage on schema salvor to ${name};`,
    `grant select on salvor.migrations to ${name};`,
    ...grants,
    '-- Runs keep what they found in temporary tables until they end.',
    'do $$ begin',
    `  execute pg_catalog.format('grant connect, temporary on database %I to %I', current_database(), ${quoteLiteral(role)});`,
    'end $$;',
    'commit;',
    '',
  ].join('\n');
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
