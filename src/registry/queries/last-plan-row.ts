import type { Queries } from '../queries.js';

/** The row of the last plan that has the artifact, as the plan wrote it; undefined where none has. */
export async function lastPlanRow<Row>(
  state: Queries,
  artifactId: string,
): Promise<{ planId: string; row: Row } | undefined> {
  const { rows } = await state.query<{ planId: string; row: Row }>(
    'select plan_id::text as "planId", plan_row as "row" from salvor.recovery_rows where artifact_id = $1',
    [artifactId],
  );
  return rows[0];
}
