import { Failure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { Queries } from '../queries.js';
import type { ArtifactShape } from './table-schema.js';

/** The guarded columns of a row, as one text. */
interface GuardedRow {
  id: string;
  guarded: string;
}

/** How many rows of the table this session has written, by any statement or trigger. */
interface TableWrites {
  updated: number;
  deleted: number;
  /** False behind a view, where nothing counts. */
  counted: boolean;
}

/** What was there before the updates of a transaction. */
export interface Guard {
  /** Rows that are about to be changed. */
  own: readonly GuardedRow[];
  /** Rows that an attempt before found changed by a trigger as well. */
  others: readonly GuardedRow[];
  writes: TableWrites;
}

/** More rows than this are not compared one by one: a trigger that touches them is refused as it is. */
const MAX_OTHERS = 1000;

/**
 * Locks the rows that are about to change, and others that triggers are known to touch, and reads their guarded
 * columns; undefined where none are configured.
 */
export async function readGuard(
  tx: Queries,
  shape: ArtifactShape,
  ids: readonly string[],
  others: readonly string[],
): Promise<Guard | undefined> {
  if (shape.guard.length === 0 || ids.length === 0) return undefined;
  const { rows } = await tx.query<GuardedRow>(`${select(shape)} order by 1 for no key update of a`, [
    [...ids, ...others],
  ]);
  const own = new Set(ids);
  return {
    own: rows.filter(({ id }) => own.has(id)),
    others: rows.filter(({ id }) => !own.has(id)),
    writes: await tableWrites(tx, shape.table),
  };
}

/** Rows that were not to be changed, and that a trigger has changed: they are read again before the next attempt. */
export class OthersTouched extends Error {
  readonly ids: readonly string[];

  constructor(ids: readonly string[]) {
    super(`a trigger changed ${counted(ids.length, 'other row')}`);
    this.ids = ids;
  }
}

/**
 * Whatever the updates and their triggers did, the deferred ones included, left the guarded columns as they were: of the
 * rows that were updated, and of every other row that was changed with them. Those are looked for only where the server
 * counted more updates than there were, since that reads the whole table.
 * @throws Failure `row.side_effect`, which rolls the transaction back; it names the rows where it is known which they
 * are. OthersTouched, if the transaction must be repeated with these rows in view
 */
export async function requireGuardUnchanged(
  tx: Queries,
  shape: ArtifactShape,
  before: Guard,
  changed: ReadonlySet<string>,
): Promise<void> {
  await tx.query('set constraints all immediate');
  const touched = await touchedRows(tx, shape, before.own);
  if (touched.length > 0) throw ofRows(touched, shape.guard);
  const after = await tableWrites(tx, shape.table);
  if (!after.counted) return;
  const all = before.own.map(({ id }) => id);
  if (after.deleted > before.writes.deleted) throw ofBatch(all, 'would have deleted a row of the table');
  if (after.updated - before.writes.updated === changed.size) return;
  const others = await changedOthers(tx, shape, all);
  if (others.length > MAX_OTHERS) throw ofBatch(all, `would have changed more than ${MAX_OTHERS} other rows`);
  const known = new Set(before.others.map(({ id }) => id));
  if (others.some((id) => !known.has(id))) throw new OthersTouched(others);
  const [victim] = await touchedRows(tx, shape, before.others);
  if (victim !== undefined) {
    throw ofBatch(
      all,
      `would have changed a guarded column (${shape.guard.join(', ')}) of artifact ${victim}`,
    );
  }
}

async function touchedRows(
  tx: Queries,
  shape: ArtifactShape,
  before: readonly GuardedRow[],
): Promise<string[]> {
  if (before.length === 0) return [];
  const { rows } = await tx.query<GuardedRow>(select(shape), [before.map((row) => row.id)]);
  const now = new Map(rows.map((row) => [row.id, row.guarded]));
  return before.filter((row) => now.get(row.id) !== row.guarded).map((row) => row.id);
}

/** The counts of a table and all its partitions; they go up within the transaction. */
async function tableWrites(tx: Queries, table: string): Promise<TableWrites> {
  const { rows } = await tx.query<TableWrites>(
    `with recursive parts(oid) as (
       select c.oid from pg_catalog.pg_class c where c.oid = $1::regclass and c.relkind in ('r', 'p')
       union all select i.inhrelid from pg_catalog.pg_inherits i join parts p on i.inhparent = p.oid)
     select coalesce(sum(pg_catalog.pg_stat_get_xact_tuples_updated(oid)), 0)::integer as updated,
       coalesce(sum(pg_catalog.pg_stat_get_xact_tuples_deleted(oid)), 0)::integer as deleted,
       count(*) > 0 as counted
     from parts`,
    [table],
  );
  return rows[0] ?? { updated: 0, deleted: 0, counted: false };
}

/** Rows whose newest version is of this transaction or began after it, without the ones that were to be changed. */
async function changedOthers(tx: Queries, shape: ArtifactShape, own: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select a.${shape.id.name}::text as id from ${shape.table} a
     where pg_catalog.age(a.xmin) <= pg_catalog.age(pg_catalog.pg_current_xact_id()::xid)
       and a.${shape.id.name}::text <> all($1::text[]) order by 1 limit ${MAX_OTHERS + 1}`,
    [own],
  );
  return rows.map(({ id }) => id);
}

const HINT =
  'see which trigger on the table does it, and keep it from firing for updates of the metadata alone';

function ofRows(ids: readonly string[], guard: readonly string[]): Failure {
  const [first] = ids;
  const others = ids.length > 1 ? ` and ${ids.length - 1} more` : '';
  return new Failure(
    'row.side_effect',
    `updating the artifact ${first}${others} would have changed a guarded column (${guard.join(', ')})`,
    { hint: HINT, detail: { artifact_ids: [...ids] } },
  );
}

/** Of several rows it is not known whose update it was: none is named, and the batch is halved. */
function ofBatch(ids: readonly string[], what: string): Failure {
  const [only] = ids;
  const who = ids.length === 1 ? `the artifact ${only}` : counted(ids.length, 'artifact');
  return new Failure('row.side_effect', `updating ${who} ${what}`, {
    hint: HINT,
    detail: { artifact_ids: ids.length === 1 ? [...ids] : [] },
  });
}

function select(shape: ArtifactShape): string {
  const columns = shape.guard.map((name) => `a.${name}`).join(', ');
  return `select a.${shape.id.name}::text as id, row(${columns})::text as guarded
    from ${shape.table} a where a.${shape.id.name} = any($1::text[]::${shape.id.type}[])`;
}
