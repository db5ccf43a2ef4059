import type { Queries } from '../queries.js';

/**
 * The row of the last plan that has the artifact, as the plan wrote it; undefined where none has. Rows that an older
 * Salvor wrote name no table.
 */
export async function lastPlanRow<Row>(
  state: Queries,
  artifactId: string,
  table: string,
): Promise<{ planId: string; row: Row } | undefined> {
  const { rows } = await state.query<{ planId: string; row: Row }>(
    `select plan_id::text as "planId", plan_row as "row" from salvor.recovery_rows
     where artifact_id = $1 and table_name in ($2, '') order by updated_at desc limit 1`,
    [artifactId, table],
  );
  return rows[0];
}
