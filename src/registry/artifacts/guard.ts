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
 * @throws Failure `row.side_effect`, which rolls the transaction back
 */
export async function requireGuardUnchanged(
  tx: Queries,
  shape: ArtifactShape,
  before: readonly GuardedRow[],
): Promise<void> {
  await tx.query('set constraints all immediate');
  const { rows } = await tx.query<GuardedRow>(select(shape), [before.map((row) => row.id)]);
  const now = new Map(rows.map((row) => [row.id, row.guarded]));
  const touched = before.find((row) => now.get(row.id) !== row.guarded);
  if (touched) throw sideEffect(touched.id, shape.guard);
}

function sideEffect(id: string, guard: readonly string[]): Failure {
  return new Failure(
    'row.side_effect',
    `updating the artifact ${id} would have changed a guarded column (${guard.join(', ')}); nothing was written`,
    {
      hint: 'see which trigger on the table does it, and keep it from firing for updates of the metadata alone',
      detail: { artifact_id: id },
    },
  );
}

function select(shape: ArtifactShape): string {
  const columns = shape.guard.map((name) => `a.${name}`).join(', ');
  return `select a.${shape.id.name}::text as id, row(${columns})::text as guarded
    from ${shape.table} a where a.${shape.id.name} = any($1::text[]::${shape.id.type}[])`;
}
