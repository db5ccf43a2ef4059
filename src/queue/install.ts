import type { Database } from '../registry/database.js';
import { Boss } from './boss.js';

/** Makes the tables of the work queue, or brings them up to date. @throws Failure `registry.denied` */
export async function installQueue(database: Database): Promise<void> {
  const boss = await Boss.open(database, true);
  await boss.close();
}
