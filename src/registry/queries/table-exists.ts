import type { Asks } from './asks.js';

/** Whether a table exists: an older or smaller installation may lack some of Salvor's. @param name with its schema */
export async function tableExists(database: Asks, name: string): Promise<boolean> {
  const { rows } = await database.query<{ there: boolean }>(
    'select pg_catalog.to_regclass($1) is not null as there',
    [name],
  );
  return rows[0]?.there === true;
}
