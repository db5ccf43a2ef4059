import type { Database } from '../database.js';
import { encodeText } from '../text.js';

/** Whether this host is the one that starts what is due then: true for exactly one of all that ask. */
export async function claimStart(database: Database, job: string, due: Date, host: string): Promise<boolean> {
  const { rowCount } = await database.query(
    `insert into salvor.schedule_starts (job, due_at, host) values ($1, $2, $3) on conflict do nothing`,
    [encodeText(job), due, encodeText(host)],
  );
  if (rowCount === 0) return false;
  await database.query(
    `delete from salvor.schedule_starts where due_at < pg_catalog.now() - interval '90 days'`,
  );
  return true;
}
