import type { Queries } from '../queries.js';

/** Whether the database has the table that keeps what drills proved. */
export async function hasProofs(db: Queries): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>(
    "select pg_catalog.to_regclass('salvor.proofs') is not null as there",
  );
  return rows[0]?.there === true;
}
