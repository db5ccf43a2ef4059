import { Failure } from '../core/failure.js';
import { type HealthEvent, healthEventJson } from './event.js';
import { labelFor } from './labels.js';
import type { TableColumn } from './table-columns.js';

/** The fields of an event, as named in `health.columns`, with the kind of their values. */
export const FIELD_KINDS = {
  id: 'uuid',
  event_id: 'uuid',
  host: 'text',
  source: 'text',
  check_name: 'text',
  run_id: 'uuid',
  status: 'label',
  severity: 'label',
  message: 'text',
  metrics: 'json',
  started_at: 'time',
  created_at: 'time',
  scope: 'text',
  exit_code: 'number',
  finished_at: 'time',
} as const;

export type Field = keyof typeof FIELD_KINDS;
type Kind = (typeof FIELD_KINDS)[Field];

/** A field's value as a parameter of the insert; null if the event has none. */
export type Encode = (event: HealthEvent) => string | null;

const TEXT_TYPES = ['text', 'varchar', 'bpchar', 'name', 'citext'];
const TIME_TYPES = ['timestamptz', 'timestamp', 'date'];
const NUMBER_TYPES = ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8'];

/** The minimum length of a limited text column; with less, a value would be refused or mangled. */
const LEAST_LENGTH: Record<Kind, number> = {
  uuid: 36,
  label: 'interrupted'.length,
  text: 1,
  json: Number.POSITIVE_INFINITY,
  time: 24,
  number: 3,
};

/** How `field` is written to `column`; undefined if the column's type is unsuitable. */
export function encoderFor(field: Field, column: TableColumn): Encode | undefined {
  const kind = FIELD_KINDS[field];
  if (column.type === 'json' || column.type === 'jsonb') {
    return (event) => nullable(valueIn(event, field), (value) => JSON.stringify(cleanJson(value)));
  }
  if (TEXT_TYPES.includes(column.type)) return textEncoder(field, kind, column.maxLength);
  if (column.labels !== null)
    return kind === 'label' ? labelEncoder(field, column, column.labels) : undefined;
  const fits =
    (kind === 'uuid' && column.type === 'uuid') ||
    (kind === 'time' && TIME_TYPES.includes(column.type)) ||
    (kind === 'number' && NUMBER_TYPES.includes(column.type));
  return fits ? (event) => nullable(valueIn(event, field), String) : undefined;
}

function textEncoder(field: Field, kind: Kind, maxLength: number | null): Encode | undefined {
  if (maxLength !== null && maxLength < LEAST_LENGTH[kind]) return undefined;
  return (event) =>
    nullable(valueIn(event, field), (value) => {
      const text = cleanText(kind === 'json' ? JSON.stringify(cleanJson(value)) : String(value));
      // PostgreSQL counts characters, not UTF-16 units.
      return maxLength === null ? text : [...text].slice(0, maxLength).join('');
    });
}

function labelEncoder(field: Field, column: TableColumn, labels: readonly string[]): Encode {
  return (event) => {
    const value = String(valueIn(event, field));
    const label = labelFor(value, labels);
    if (label !== undefined) return label;
    throw new Failure(
      'health.column_type',
      `the enum of column "${column.name}" (${labels.join(', ')}) has no label for "${value}"`,
      { hint: `ALTER TYPE ${column.typeShown} ADD VALUE '${value}', or map ${field} to a text column` },
    );
  };
}

function valueIn(event: HealthEvent, field: Field): unknown {
  return field === 'id' ? event.eventId : healthEventJson(event)[field];
}

function nullable(value: unknown, encode: (value: unknown) => string): string | null {
  return value === null || value === undefined ? null : encode(value);
}

/** PostgreSQL's text and jsonb accept neither NUL nor a lone surrogate, but keys and paths may contain both. */
function cleanText(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

function cleanJson(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanJson);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [cleanText(key), cleanJson(item)]));
}
