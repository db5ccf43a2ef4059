import { migrations } from '../migrations/all.js';
import { MIGRATIONS_TABLE } from '../migrations/migration.js';

/** SQL that makes Salvor's tables where they are not, for a script that a person runs; does nothing where they are. */
export function schemaPreamble(): string {
  const steps = migrations.map(
    (step) =>
      `${step.sql}\ninsert into salvor.migrations (version, name) values (${step.version}, '${step.name.replaceAll("'", "''")}');`,
  );
  return `
do $preamble$ begin
  if to_regclass('salvor.migrations') is null then
    execute $schema$
create schema if not exists salvor;
${MIGRATIONS_TABLE}
${steps.join('\n')}
$schema$;
  end if;
end $preamble$;
`;
}
