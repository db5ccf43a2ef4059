import { type Expectation, type Judgement, judge } from '../../health/watchdog.js';
import type { Database } from '../../registry/database.js';
import { isRed, openGroups } from '../../registry/queries/red.js';
import { PostgresRuns } from '../../registry/runs/runs.js';
import { PostgresScopes } from '../../registry/runs/scopes.js';
import type { Config } from '../config/schema.js';
import { expectedRuns } from './watchdog.js';

/** What the configuration expects of the jobs. */
export function expectationsOf(config: Config): Expectation[] {
  return (config.watchdog?.expect ?? []).map(({ within, job, scope, host }) => ({
    job,
    withinMs: within,
    ...(scope === undefined ? {} : { scope }),
    ...(host === undefined ? {} : { host }),
  }));
}

/** What the watchdog would say now; null where nothing is expected of any job. Changes nothing. */
export async function judgeExpected(
  state: Database,
  artifacts: Database,
  config: Config,
): Promise<Judgement[] | null> {
  const expectations = expectationsOf(config);
  if (expectations.length === 0) return null;
  const runs = await expectedRuns({ runs: new PostgresRuns(state), scopes: new PostgresScopes(state) });
  return judge(expectations, runs, new Date(), (await openGroups(state, artifacts)).filter(isRed));
}
