import { type Expectation, evaluateExpectations, type Judgement } from '../../health/watchdog.js';
import { scopesInDoubt, TRIED_JOB, withoutDeadScopes } from '../../health/watchdog-scopes.js';
import type { Database } from '../../registry/database.js';
import type { RunRecord } from '../../registry/port.js';
import { isRed, openGroups } from '../../registry/queries/red.js';
import type { Registry } from '../../registry/registry.js';
import { PostgresRuns } from '../../registry/runs/runs.js';
import { PostgresScopes } from '../../registry/runs/scopes.js';
import type { Config } from '../config/schema.js';

/** The configured expectations. */
export function expectationsOf(config: Config): Expectation[] {
  return (config.watchdog?.expect ?? []).map(({ within, job, scope, host }) => ({
    job,
    withinMs: within,
    ...(scope === undefined ? {} : { scope }),
    ...(host === undefined ? {} : { host }),
  }));
}

/** What the watchdog would report now, or null if no jobs are expected. Changes nothing. */
export async function judgeExpected(
  state: Database,
  artifacts: Database,
  config: Config,
): Promise<Judgement[] | null> {
  const expectations = expectationsOf(config);
  if (expectations.length === 0) return null;
  const runs = await expectedRuns({ runs: new PostgresRuns(state), scopes: new PostgresScopes(state) });
  return evaluateExpectations(
    expectations,
    runs,
    new Date(),
    (await openGroups(state, artifacts)).filter(isRed),
  );
}

/** The newest runs of every scope, except scopes that were forgotten or only tried manually. */
export async function expectedRuns({
  runs,
  scopes,
}: Pick<Registry, 'runs' | 'scopes'>): Promise<RunRecord[]> {
  const newest = await runs.newestPerScope();
  const proven = await scopes.proven(TRIED_JOB, scopesInDoubt(newest));
  return withoutDeadScopes(newest, {
    forgotten: await scopes.forgotten(),
    isProven: (scope) => proven.has(scope),
  });
}
