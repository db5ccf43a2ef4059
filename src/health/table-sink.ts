import { Failure } from '../core/failure.js';
import type { HealthDatabase } from './database.js';
import type { HealthEvent } from './event.js';
import type { HealthSink } from './sink.js';
import { type FoundTable, findHealthTable } from './table-columns.js';
import { checkFields, type MappedColumn, mapColumns } from './table-mapping.js';
import { quoteIdentifier, showName, type TableName, tableNames } from './table-name.js';

const DEFAULT_TABLE = 'fleet_health_events';

export interface TableSinkOptions {
  /** `health.table`. Any table other than `fleet_health_events` belongs to the user and must exist. */
  table?: string;
  /** `health.columns`: field to column. */
  columns?: Readonly<Record<string, string>>;
  /** `health.statuses`: the text written for a status; null leaves out its events. */
  statuses?: Partial<Record<HealthEvent['status'], string | null | undefined>>;
}

/** What the sink found, for `doctor` and `init`. */
interface PreparedTable {
  /** Quoted, with its schema. */
  table: string;
  created: boolean;
  /** Field to column, for the fields that are written. */
  columns: Record<string, string>;
}

export interface TableSink extends HealthSink {
  /** Finds the table, creates it if it is our own, and maps its columns. Writes no event. */
  prepare(): Promise<PreparedTable>;
}

/** Creates `fleet_health_events` in the first schema of the search path; also used by `doctor --print-sql`. */
export const HEALTH_TABLE_SQL = `create table if not exists ${DEFAULT_TABLE} (
  id bigint generated always as identity primary key,
  event_id uuid not null unique,
  host text not null,
  source text not null,
  check_name text not null,
  run_id uuid,
  status text not null,
  severity text not null,
  message text not null,
  metrics jsonb not null default '{}',
  started_at timestamptz,
  created_at timestamptz not null default now()
)`;

interface Target {
  name: TableName;
  created: boolean;
  columns: MappedColumn[];
}

/**
 * Writes health events as rows of a table, which may belong to the user. It needs INSERT on the table and nothing else.
 * Each event is one statement, so it is written completely or not at all.
 * @throws Failure `health.table_name`, `health.field_unknown` (exit 2, before anything is written)
 */
export function tableSink(db: HealthDatabase, options: TableSinkOptions = {}): TableSink {
  const columns = options.columns ?? {};
  const names = tableNames(options.table ?? DEFAULT_TABLE);
  checkFields(columns);
  const ours = options.table === undefined || options.table === DEFAULT_TABLE;
  let known: Target | undefined;
  const target = async (): Promise<Target> => {
    known ??= await findTarget(db, names, ours, columns);
    return known;
  };
  return {
    name: `table:${options.table ?? DEFAULT_TABLE}`,
    async prepare() {
      const { name, created, columns: mapped } = await target();
      const fields = Object.fromEntries(mapped.map(({ field, column }) => [field, column]));
      return { table: showName(name), created, columns: fields };
    },
    async write(event) {
      const label = options.statuses?.[event.status];
      if (label === null) return;
      const { name, columns: mapped } = await target();
      try {
        // From here on the user's label replaces the status.
        const status = (label ?? event.status) as HealthEvent['status'];
        await insert(db, name, mapped, { ...event, status });
      } catch (thrown) {
        // The table may have been altered since it was read, so the next event reads it again.
        known = undefined;
        throw refused(name, thrown);
      }
    },
  };
}

async function findTarget(
  db: HealthDatabase,
  names: readonly TableName[],
  ours: boolean,
  columns: Readonly<Record<string, string>>,
): Promise<Target> {
  const existing = await findHealthTable(db, names);
  if (existing !== undefined) return toTarget(existing, false, columns);
  if (ours) await create(db);
  const created = ours ? await findHealthTable(db, names) : undefined;
  if (created !== undefined) return toTarget(created, true, columns);
  const [name] = names;
  throw new Failure(
    'health.table_missing',
    `the table of health events ${name === undefined ? '' : showName(name)} does not exist`,
    { hint: `correct health.table, or remove it to have ${DEFAULT_TABLE} created` },
  );
}

function toTarget(found: FoundTable, created: boolean, columns: Readonly<Record<string, string>>): Target {
  return { name: { schema: found.schema, table: found.table }, created, columns: mapColumns(found, columns) };
}

async function create(db: HealthDatabase): Promise<void> {
  try {
    await db.query(HEALTH_TABLE_SQL);
  } catch (thrown) {
    const state = sqlState(thrown);
    // Another process created it at the same time; IF NOT EXISTS does not cover that.
    if (state === '42P07' || state === '42710' || state === '23505') return;
    if (state !== '42501' && state !== '3F000') throw thrown;
    throw new Failure(
      'health.table_denied',
      `no permission to create ${DEFAULT_TABLE}: ${messageOf(thrown)}`,
      {
        hint: `as the owner of the database run: ${HEALTH_TABLE_SQL.replace(/\s+/g, ' ')}; then GRANT INSERT ON ${DEFAULT_TABLE} TO the registry user`,
        cause: thrown,
      },
    );
  }
}

async function insert(
  db: HealthDatabase,
  name: TableName,
  mapped: readonly MappedColumn[],
  event: HealthEvent,
): Promise<void> {
  const values = mapped
    .map(({ column, encode }) => ({ column, value: encode(event) }))
    // Columns without a value get their default.
    .filter(({ value }) => value !== null);
  const into = values.map(({ column }) => quoteIdentifier(column)).join(', ');
  const places = values.map((_, i) => `$${i + 1}`).join(', ');
  await db.query(
    `insert into ${showName(name)} (${into}) values (${places})`,
    values.map(({ value }) => value),
  );
}

function refused(name: TableName, thrown: unknown): unknown {
  const state = sqlState(thrown);
  if (state === '42501') {
    return new Failure(
      'health.table_denied',
      `no permission to insert into ${showName(name)}: ${messageOf(thrown)}`,
      {
        hint: `GRANT INSERT ON ${showName(name)} TO the registry user (and USAGE on its schema and sequences)`,
        cause: thrown,
      },
    );
  }
  // Data, integrity, schema and trigger errors: the database refuses the row; the connection is fine.
  if (state !== undefined && /^(22|23|42|44|P0)/.test(state)) {
    return new Failure('health.event_refused', `${showName(name)} refused the event: ${messageOf(thrown)}`, {
      hint: /enum/.test(messageOf(thrown))
        ? 'map the status to an enum label with health.statuses: { running: LABEL }, or leave out its events with { running: null }'
        : 'change the constraint, or map columns with health.columns and statuses with health.statuses',
      cause: thrown,
    });
  }
  return thrown;
}

/** The SQLSTATE of PostgreSQL's error, also if the error is the cause of a Failure. */
function sqlState(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code = 'code' in thrown ? thrown.code : undefined;
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  return thrown.cause instanceof Error ? sqlState(thrown.cause) : undefined;
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
