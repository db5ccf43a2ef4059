import { Failure } from '../../core/failure.js';
import type { Queries } from '../queries.js';

/** The bit of `pg_trigger.tgtype` that says UPDATE. */
const ON_UPDATE = 16;

/**
 * The failure for rows that did not come out as they were to be written; thrown, it rolls the transaction back. Its
 * detail names these rows, so that all others can be written without them.
 */
export async function sideEffect(tx: Queries, table: string, ids: readonly string[]): Promise<Failure> {
  const { rows } = await tx.query<{ name: string }>(
    `select t.tgname as name from pg_catalog.pg_trigger t
     where t.tgrelid = $1::regclass and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & ${ON_UPDATE} <> 0
     union all select r.rulename from pg_catalog.pg_rewrite r where r.ev_class = $1::regclass and r.ev_type = '2'
     order by 1`,
    [table],
  );
  const names = rows.map((row) => row.name).join(', ');
  const who = names === '' ? 'something behind the table' : `a trigger or rule of the table (${names})`;
  return new Failure('row.side_effect', `${who} changed or discarded updates of ${table}`, {
    hint: 'Keep it from firing for updates of the metadata, or from changing file_sha256, file_size_bytes and file_sha256_computed_at.',
    detail: { artifact_ids: [...ids], triggers: rows.map((row) => row.name) },
  });
}
