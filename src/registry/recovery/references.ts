import { Failure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import { counted } from '../../core/pluralize.js';
import type { Database } from '../database.js';
import type { TransactionOptions } from '../queries.js';
import type { Reference } from './recovery-port.js';

/** Of a row `r` of the query of references. */
const REFERENCE_COLUMNS = `coalesce(pg_catalog.to_jsonb(r)->>'artifact_id', pg_catalog.to_jsonb(r)->>'id') as id,
  r.at as at, pg_catalog.to_jsonb(r)->>'by' as by`;

/** A row of the answer, as the user's own query gives it. */
interface Row {
  id: string;
  at: unknown;
  by: unknown;
}

/** The newest reference of each artifact that the user's query names. @throws Failure `references.failed`, `registry.*` */
export async function readReferences(
  db: Database,
  sql: string,
  { timeoutMs, maxRows }: { timeoutMs: number; maxRows: number },
): Promise<ReadonlyMap<string, Reference>> {
  const newest = `select distinct on (1) ${referencesFrom(sql)} order by 1, r.at desc nulls last`;
  const rows = await limitedRows(db, newest, { timeoutMs, rows: maxRows + 1 }, { readOnly: true });
  if (rows.length > maxRows) {
    throw new Failure(
      'references.failed',
      `references.sql names more than ${counted(maxRows, 'artifact')}: raise references.max_rows`,
    );
  }
  return new Map(rows.map((row) => [String(row.id), { at: textOf(row.at), by: textOf(row.by) }]));
}

/** Runs the query for one row of its answer. @throws Failure what the server says of it */
export async function tryReferences(db: Database, sql: string, timeoutMs: number): Promise<void> {
  const any = `select ${referencesFrom(sql)}`;
  await limitedRows(db, any, { timeoutMs, rows: 1 }, { readOnly: true, once: true });
}

/** The query is on lines of its own: it may end in a comment. */
function referencesFrom(sql: string): string {
  return `${REFERENCE_COLUMNS} from (\n${sql.replace(/;\s*$/, '')}\n) as r`;
}

/** The limit is a parameter: with one, the text is a single statement, whatever the user's query holds. */
function limitedRows(
  db: Database,
  select: string,
  limits: { timeoutMs: number; rows: number },
  options: TransactionOptions,
): Promise<Row[]> {
  return db.transaction(async (tx) => {
    await tx.query(`select pg_catalog.set_config('statement_timeout', $1, true)`, [String(limits.timeoutMs)]);
    return (await tx.query<Row>(`${select} limit $1`, [limits.rows])).rows;
  }, options);
}

function textOf(value: unknown): string {
  return value instanceof Date ? timeText(value) : String(value ?? '');
}
