import { nearestName } from '../core/did-you-mean.js';
import { Failure, usageFailure } from '../core/failure.js';
import type { FoundTable, TableColumn } from './table-columns.js';
import { type Encode, encoderFor, FIELD_KINDS, type Field } from './table-values.js';

/** A column that is written, and the field that is written to it. */
export interface MappedColumn {
  field: Field;
  column: string;
  encode: Encode;
}

const FIELDS = Object.keys(FIELD_KINDS) as Field[];
/** A row without these fields would say nothing and so look green. */
const INDISPENSABLE: readonly Field[] = ['check_name', 'status'];
/** Written only if the configuration maps them: a column with this name may mean something else. */
const ONLY_WHEN_MAPPED: readonly Field[] = ['scope', 'exit_code', 'finished_at'];

/**
 * Checks the keys of `health.columns` before anything is written.
 * @throws Failure `health.field_unknown`, exit 2
 */
export function checkFields(columns: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(columns)) {
    if (Object.hasOwn(FIELD_KINDS, name)) continue;
    const near = nearestName(name, FIELDS);
    throw usageFailure(
      'health.field_unknown',
      `health.columns: ${JSON.stringify(name)} is not a field of a health event`,
      near === undefined ? `the fields are ${FIELDS.join(', ')}` : `did you mean ${near}?`,
    );
  }
}

/**
 * Decides which column gets which field. Columns that the configuration names must exist and have a suitable type. A
 * column with the name of a field is used if it exists and its type is suitable. Every required column must get a value.
 * @throws Failure `health.column_missing`, `health.column_type`, `health.column_unmapped`
 */
export function mapColumns(table: FoundTable, configured: Readonly<Record<string, string>>): MappedColumn[] {
  const mapped: MappedColumn[] = [];
  const taken = new Set<string>();
  const add = (field: Field, column: TableColumn, encode: Encode): void => {
    mapped.push({ field, column: column.name, encode });
    taken.add(column.name);
  };
  for (const field of FIELDS) {
    const name = configured[field];
    if (name === undefined) continue;
    const column = configuredColumn(table, field, name);
    if (taken.has(name)) throw unfit(table, field, column, 'is mapped to two fields');
    const encode = column.writable ? encoderFor(field, column) : undefined;
    if (encode === undefined) throw unfit(table, field, column, 'has an unsuitable type');
    add(field, column, encode);
  }
  for (const field of FIELDS) {
    if (configured[field] !== undefined || ONLY_WHEN_MAPPED.includes(field)) continue;
    const column = table.columns.find((candidate) => candidate.name === field);
    if (column === undefined || taken.has(field) || !column.writable) continue;
    if (field === 'id' && !isRequired(column)) continue;
    const encode = encoderFor(field, column);
    if (encode !== undefined) add(field, column, encode);
    else if (isRequired(column)) throw unfit(table, field, column, 'has an unsuitable type');
  }
  checkServed(table, mapped, taken);
  return mapped;
}

function checkServed(table: FoundTable, mapped: readonly MappedColumn[], taken: ReadonlySet<string>): void {
  const absent = INDISPENSABLE.find((field) => !mapped.some((column) => column.field === field));
  if (absent !== undefined) {
    throw new Failure('health.column_missing', `${shown(table)} has no suitable column for ${absent}`, {
      hint: `map it in salvor.yaml: health: { columns: { ${absent}: NAME } }; the table has ${columnNames(table)}`,
    });
  }
  const unserved = table.columns.filter((column) => isRequired(column) && !taken.has(column.name));
  if (unserved.length > 0) {
    const names = unserved.map((column) => `"${column.name}"`).join(', ');
    throw new Failure(
      'health.column_unmapped',
      `${shown(table)} requires ${names}, but no field is mapped to it`,
      {
        hint: 'map a field to it in health.columns, or give the column a default',
      },
    );
  }
}

function configuredColumn(table: FoundTable, field: Field, name: string): TableColumn {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  const names = table.columns.map((candidate) => candidate.name);
  const near = nearestName(name, names);
  throw new Failure(
    'health.column_missing',
    `${shown(table)} has no column "${name}" (health.columns.${field})`,
    { hint: near === undefined ? `the table has ${columnNames(table)}` : `did you mean ${near}?` },
  );
}

function unfit(table: FoundTable, field: Field, column: TableColumn, what: string): Failure {
  return new Failure(
    'health.column_type',
    `${field}: column "${column.name}" of ${shown(table)} (${column.typeShown}) ${what}`,
    { hint: `map ${field} to another column in health.columns, or give this one a default` },
  );
}

function isRequired(column: TableColumn): boolean {
  return column.notNull && !column.hasDefault && column.writable;
}

function shown(table: FoundTable): string {
  return `${table.schema}.${table.table}`;
}

function columnNames(table: FoundTable): string {
  return table.columns.map((column) => column.name).join(', ');
}
