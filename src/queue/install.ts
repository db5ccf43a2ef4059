import type { Database } from '../registry/database.js';
import { Boss } from './boss.js';

/** Creates or updates the tables of the work queue. @throws Failure `registry.denied` */
export async function installQueue(database: Database): Promise<void> {
  const boss = await Boss.open(database, true);
  await boss.close();
}
