import { Failure } from '../../core/failure.js';
import type { ArtifactChange } from '../artifacts/artifacts-port.js';
import { quoteTableName } from '../artifacts/table-name.js';
import { castTypeOf, columnsOf, findTable, pick } from '../artifacts/table-schema.js';
import type { Queries } from '../queries.js';
import { quoteLiteral } from '../sql-script/literals.js';

/** A table of the user that also receives every change, one row per field. */
export interface MirrorConfig {
  table: string;
  /** Which of its columns takes what. `artifact_id` and `field` must be there. */
  columns: Partial<Record<MirrorField, string>>;
  /** Columns that get the same value in every row. */
  constants?: Readonly<Record<string, string | number | boolean>> | undefined;
}

const FIELDS = [
  'artifact_id',
  'field',
  'before',
  'after',
  'actor',
  'action',
  'reason',
  'at',
  'run_id',
] as const;
type MirrorField = (typeof FIELDS)[number];

export interface MirrorShape {
  table: string;
  columns: { field: MirrorField; name: string; type: string; json: boolean }[];
  /** `value` is SQL. */
  constants: { name: string; value: string }[];
}

/** @throws Failure `registry.missing_table`, `registry.missing_column`, `registry.mirror` */
export async function describeMirror(db: Queries, config: MirrorConfig): Promise<MirrorShape> {
  const table = await findTable(db, config.table);
  const there = await columnsOf(db, table);
  const unknown = Object.keys(config.columns).find((field) => !FIELDS.some((known) => known === field));
  const missing = (['artifact_id', 'field'] as const).find((field) => config.columns[field] === undefined);
  if (unknown !== undefined || missing !== undefined) {
    throw new Failure(
      'registry.mirror',
      unknown === undefined
        ? `journal.mirror names no column for ${missing}`
        : `journal.mirror knows no ${unknown}`,
      { hint: `the columns of journal.mirror are ${FIELDS.join(', ')}`, exitCode: 2 },
    );
  }
  const columns = FIELDS.flatMap((field) => {
    const configured = config.columns[field];
    if (configured === undefined) return [];
    const column = pick(there, configured, table);
    return [
      {
        field,
        name: quoteTableName(column.name),
        type: castTypeOf(column),
        json: column.base === 'json' || column.base === 'jsonb',
      },
    ];
  });
  const constants = Object.entries(config.constants ?? {}).map(([name, value]) => {
    const column = pick(there, name, table);
    const text = column.base === 'json' || column.base === 'jsonb' ? JSON.stringify(value) : String(value);
    return { name: quoteTableName(column.name), value: `${quoteLiteral(text)}::${castTypeOf(column)}` };
  });
  return { table, columns, constants };
}

/** The insert that goes into the change's own statement: one row for each field of each artifact that was changed. */
export function mirrorInsert(mirror: MirrorShape): string {
  const names = [...mirror.columns, ...mirror.constants].map((column) => column.name);
  const values = [...mirror.columns.map(expression), ...mirror.constants.map(({ value }) => value)];
  return `  insert into ${mirror.table} (${names.join(', ')})
  select ${values.join(', ')}
  from changed c
  cross join lateral json_to_recordset(c.mirror::json) as f(name text, before text, after text)
  order by c.ord`;
}

/** A change's fields as the insert reads them. */
export function mirrorText(change: ArtifactChange): string {
  return JSON.stringify(fieldsOf(change));
}

interface FieldChange {
  name: string;
  /** Raw JSON, null for what is absent. */
  before: string | null;
  after: string | null;
}

function fieldsOf(change: ArtifactChange): FieldChange[] {
  const fields: FieldChange[] = [];
  if (change.path !== undefined) {
    fields.push({ name: 'file_path', before: jsonOf(change.read.path), after: jsonOf(change.path) });
  }
  for (const [key, raw] of Object.entries(change.keys)) {
    const before = change.read.metadata.keys[key] ?? null;
    if (before !== raw) fields.push({ name: `metadata.${key}`, before, after: raw });
  }
  return fields;
}

function jsonOf(value: string | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** A JSON column takes the value as JSON; any other takes a string without its quotes, and the rest as JSON text. */
function expression(column: MirrorShape['columns'][number]): string {
  switch (column.field) {
    case 'artifact_id':
      return `c.id::${column.type}`;
    case 'field':
      return column.json ? `to_json(f.name)::${column.type}` : `f.name::${column.type}`;
    case 'before':
    case 'after':
      return column.json
        ? `f.${column.field}::${column.type}`
        : `(f.${column.field}::json #>> '{}')::${column.type}`;
    case 'at':
      return `now()::${column.type}`;
    default:
      return `c.${column.field}::${column.type}`;
  }
}
