import type { Queries } from '../registry/queries.js';
import { decodeText } from '../registry/text.js';
import { SHARES } from '../registry/units/statements.js';
import type { WorkerShare } from './port.js';

/** How much of a run each worker did; empty for a run on one machine. */
export async function workerShares(database: Queries, runId: string): Promise<WorkerShare[]> {
  const { rows } = await database.query<ShareRow>(SHARES, [runId]);
  return rows.map((row) => ({
    worker: decodeText(row.worker),
    host: decodeText(row.host),
    units: row.units,
    items: Number(row.items),
    bytes: Number(row.bytes),
    firstAt: row.first_at,
    lastAt: row.last_at,
  }));
}

interface ShareRow {
  worker: string;
  host: string;
  units: number;
  items: number;
  bytes: number;
  first_at: Date;
  last_at: Date;
}
