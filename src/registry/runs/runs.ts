import type { Database } from '../database.js';
import type { ActiveRun, RunFilter, RunRecord, RunStart, Runs } from '../port.js';

export interface RunTiming {
  /** Between two heartbeats. Default 15 s. */
  heartbeatMs?: number;
  /** A run that was silent for so long and whose lock is free is dead. Default 5 minutes. */
  deadAfterMs?: number;
}

/** `salvor.runs`. */
export class PostgresRuns implements Runs {
  constructor(
    readonly database: Database,
    readonly timing: RunTiming = {},
  ) {}

  begin(_start: RunStart): Promise<ActiveRun> {
    throw new Error('being written');
  }
  list(_filter: RunFilter): Promise<RunRecord[]> {
    throw new Error('being written');
  }
  get(_id: string): Promise<RunRecord | undefined> {
    throw new Error('being written');
  }
  lastComplete(_job: string, _scope: string): Promise<RunRecord | undefined> {
    throw new Error('being written');
  }
  closeDead(): Promise<RunRecord[]> {
    throw new Error('being written');
  }
  /** The newest qualifying run of every (job, scope, host), whatever became of it. */
  newestPerScope(_job?: string): Promise<RunRecord[]> {
    throw new Error('being written');
  }
}
