import type { Database } from '../database.js';
import type { Baselines } from '../port.js';

/** The baselines, as marks on open findings. */
export class PostgresBaselines implements Baselines {
  constructor(readonly database: Database) {}
  accept(_runId: string): Promise<{ scope: string; accepted: number; dropped: number }> {
    throw new Error('being written');
  }
  show(_scope?: string): Promise<{ scope: string; open: number; baseline: number; runId: string | null }[]> {
    throw new Error('being written');
  }
}
