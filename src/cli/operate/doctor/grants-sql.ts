import { HEALTH_TABLE_SQL } from '../../../health/table-sink.js';
import { parseTableName } from '../../../registry/artifacts/table-name.js';
import { printSql } from '../../../registry/migrations/migrate.js';
import { quoteLiteral } from '../../../registry/sql-script/literals.js';
import { registryUser } from '../../../registry/target.js';
import type { Config } from '../../config/schema.js';

const DEFAULT_HEALTH_TABLE = 'fleet_health_events';

/**
 * SQL for a DBA: Salvor's tables and all grants on the configured tables, so that `init`, `doctor` and the jobs work with
 * the role. Can be run again. The names of tables are looked up when it runs.
 */
export function grantsSql(
  config: Config,
  flags: { role?: string | undefined; registry?: string | undefined },
): string {
  const { registry, state, health } = config;
  const url = flags.registry ?? registry?.url;
  const role = flags.role ?? registryUser(url) ?? 'salvor';
  const isReadOnly = registry?.mode === 'readonly';
  const hasState = state?.url !== undefined && state.url !== url;
  const artifacts = artifactGrants(config, isReadOnly);
  const events = health?.url === undefined ? [eventGrants(health?.table)] : [];
  const own = [printSql(role, registry?.table ?? 'artifacts')];
  const parts = hasState
    ? [
        ...section('registry.url', [...(isReadOnly ? [] : own), helper(role), ...artifacts]),
        ...(state.url?.startsWith('embedded:')
          ? []
          : section('state.url', [...own, helper(role), ...events])),
      ]
    : section('registry.url', [...own, helper(role), ...artifacts, ...events]);
  const apart =
    health?.url === undefined ? [] : section('health.url', [helper(role), eventGrants(health.table)]);
  return [...parts, ...apart].join('\n');
}

function section(setting: string, parts: readonly string[]): string[] {
  return [`-- Run in the database of ${setting}, as a role that can grant these privileges.\n`, ...parts];
}

function artifactGrants({ registry, roots, recovery, journal }: Config, isReadOnly: boolean): string[] {
  if (roots === undefined && registry?.table === undefined) return [];
  const { metadata = 'metadata', path = 'file_path' } = registry?.columns ?? {};
  const writes = isReadOnly ? [] : [metadata, ...(recovery === undefined ? [] : [path])];
  const table = registry?.table ?? 'artifacts';
  const calls = [call('registry.table', table, ['select'], [])];
  if (writes.length > 0) calls.push(call('registry.table', table, ['update'], writes));
  const mirror = journal?.mirror?.table;
  if (mirror !== undefined && !isReadOnly) calls.push(call('journal.mirror.table', mirror, ['insert'], []));
  return [
    `-- The artifacts${mirror === undefined ? '' : ' and the copy of the journal'}. The tables in references.sql need SELECT as well.\n${calls.join('')}`,
  ];
}

function eventGrants(table: string | undefined): string {
  if (table !== undefined && table !== DEFAULT_HEALTH_TABLE)
    return `-- Health events.\n${call('health.table', table, ['insert'], [])}`;
  const create = HEALTH_TABLE_SQL.replace(
    `exists ${DEFAULT_HEALTH_TABLE}`,
    `exists public.${DEFAULT_HEALTH_TABLE}`,
  );
  return `-- Health events.
do $salvor$ begin
  if pg_catalog.to_regclass('${DEFAULT_HEALTH_TABLE}') is null then
    ${create};
  end if;
end $salvor$;
${call('health.table', DEFAULT_HEALTH_TABLE, ['insert'], [])}`;
}

function call(setting: string, table: string, rights: readonly string[], columns: readonly string[]): string {
  const parts = parseTableName(table);
  const spelled = (fold: boolean): string =>
    parts
      .map(({ name, quoted }) => `"${(fold && !quoted ? name.toLowerCase() : name).replaceAll('"', '""')}"`)
      .join('.');
  const values = [setting, spelled(false), spelled(true), rights.join(', ')].map(quoteLiteral).join(', ');
  return `select pg_temp.salvor_grant(${values}, array[${columns.map(quoteLiteral).join(', ')}]::text[]);\n`;
}

/** Grants privileges on a table (looked up as Salvor does), on its schema and on the sequences of its defaults. */
function helper(role: string): string {
  const name = quoteLiteral(role);
  return `create or replace function pg_temp.salvor_grant(setting text, exact text, folded text, rights text, columns text[])
returns void language plpgsql as $salvor$
declare
  target regclass := coalesce(pg_catalog.to_regclass(exact), pg_catalog.to_regclass(folded), case when folded not like '%"."%' then pg_catalog.to_regclass('public.' || folded) end);
  named text;
  needed regclass;
begin
  if target is null then
    raise exception 'there is no table % in database %: fix % in salvor.yaml', exact, current_database(), setting;
  end if;
  select pg_catalog.quote_ident(n.nspname) into named from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = target;
  execute pg_catalog.format('grant usage on schema %s to %I', named, ${name});
  if cardinality(columns) > 0 then
    select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ') into named from pg_catalog.pg_attribute a
    where a.attrelid = target and a.attnum > 0 and not a.attisdropped and exists (
      select from unnest(columns) w where a.attname = w or (a.attname = lower(w) and not exists (
        select from pg_catalog.pg_attribute e where e.attrelid = target and e.attname = w)));
    rights := rights || ' (' || named || ')';
  end if;
  execute pg_catalog.format('grant %s on %s to %I', rights, target, ${name});
  if rights = 'insert' then
    for needed in
      select d.refobjid::regclass from pg_catalog.pg_attrdef v
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_attrdef'::regclass and d.objid = v.oid
        and d.refclassid = 'pg_catalog.pg_class'::regclass
      join pg_catalog.pg_class s on s.oid = d.refobjid and s.relkind = 'S'
      where v.adrelid = target
    loop
      execute pg_catalog.format('grant usage on sequence %s to %I', needed, ${name});
    end loop;
  end if;
end $salvor$;
`;
}
