import { Failure } from '../../core/failure.js';
import type { Queries } from '../queries.js';
import type { ArtifactChange } from './artifacts-port.js';
import type { ArtifactShape } from './table-schema.js';

/** The guarded columns of a row, as one text. */
export interface GuardedRow {
  id: string;
  guarded: string;
}

/** Locks the rows that are about to change and reads their guarded columns; nothing where none are configured. */
export async function readGuard(
  tx: Queries,
  shape: ArtifactShape,
  changes: readonly ArtifactChange[],
): Promise<GuardedRow[]> {
  if (shape.guard.length === 0 || changes.length === 0) return [];
  const ids = changes.map((change) => change.artifactId);
  const { rows } = await tx.query<GuardedRow>(`${select(shape)} order by 1 for no key update of a`, [ids]);
  return rows;
}

/**
 * Whatever the updates and their triggers did, the deferred ones included, left the guarded columns as they were.
 * @throws Failure `row.side_effect`, which rolls the transaction back and names the rows, so that all others can be
 * written without them
 */
export async function requireGuardUnchanged(
  tx: Queries,
  shape: ArtifactShape,
  before: readonly GuardedRow[],
): Promise<void> {
  await tx.query('set constraints all immediate');
  const { rows } = await tx.query<GuardedRow>(select(shape), [before.map((row) => row.id)]);
  const now = new Map(rows.map((row) => [row.id, row.guarded]));
  const touched = before.filter((row) => now.get(row.id) !== row.guarded).map((row) => row.id);
  if (touched.length > 0) throw sideEffect(touched, shape.guard);
}

function sideEffect(ids: readonly string[], guard: readonly string[]): Failure {
  const [first] = ids;
  const others = ids.length > 1 ? ` and ${ids.length - 1} more` : '';
  return new Failure(
    'row.side_effect',
    `updating the artifact ${first}${others} would have changed a guarded column (${guard.join(', ')})`,
    {
      hint: 'see which trigger on the table does it, and keep it from firing for updates of the metadata alone',
      detail: { artifact_ids: [...ids] },
    },
  );
}

function select(shape: ArtifactShape): string {
  const columns = shape.guard.map((name) => `a.${name}`).join(', ');
  return `select a.${shape.id.name}::text as id, row(${columns})::text as guarded
    from ${shape.table} a where a.${shape.id.name} = any($1::text[]::${shape.id.type}[])`;
}
