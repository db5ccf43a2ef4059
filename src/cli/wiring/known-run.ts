import { Failure, usageFailure } from '../../core/failure.js';
import { asUuid } from '../../core/uuid.js';
import type { Database } from '../../registry/database.js';
import { PostgresRuns } from '../../registry/runs/runs.js';

/** The value of a flag that takes the id of a run. @throws Failure `usage.invalid` (exit 2) */
export function runIdFlag(run: string | undefined): string | undefined {
  if (run === undefined || asUuid(run) !== undefined) return run?.toLowerCase();
  throw usageFailure(
    'usage.invalid',
    `--run ${JSON.stringify(run)} is not the id of a run`,
    '`salvor runs list` shows the ids',
  );
}

/**
 * To be asked where nothing was found for a run: a wrong id is no answer. A run that was pruned is unknown too.
 * @throws Failure `run.unknown` (exit 2)
 */
export async function requireKnownRun(runId: string | undefined, state: Database): Promise<void> {
  if (runId === undefined || (await new PostgresRuns(state).get(runId)) !== undefined) return;
  throw unknownRun(runId);
}

export function unknownRun(id: string): Failure {
  return new Failure('run.unknown', `no run has the id ${JSON.stringify(id)}`, {
    hint: '`salvor runs list` shows the ids',
    exitCode: 2,
  });
}
