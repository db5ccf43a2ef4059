import { Failure } from '../../../core/failure.js';
import type { RunStatus } from '../../../core/outcome.js';
import { tableSink } from '../../../health/table-sink.js';
import { connect, type Database } from '../../../registry/database.js';
import { rolledBack } from '../../../registry/rolled-back.js';
import type { Config } from '../../config/schema.js';
import { tableOptions } from '../../wiring/health-sinks.js';
import { broken, type Check, nextStep, ok } from './check.js';
import { testEvent } from './sink-checks.js';

/** A table over the type, so that a new status does not compile until it is checked, too. */
const STATUSES: Record<RunStatus | 'running', true> = {
  running: true,
  ok: true,
  partial: true,
  findings: true,
  incomplete: true,
  interrupted: true,
};

/** Inserts an event with every status into the configured table, and rolls back each one. */
export async function eventChecks(config: Config, registry: Database): Promise<Check[]> {
  const name = 'health table';
  const own = config.health?.url === undefined ? undefined : await connect(config.health.url);
  const database = own ?? registry;
  try {
    const options = tableOptions(config.health);
    const found = await rolledBack(database, (within) => tableSink(within, options).prepare());
    const refused = new Map<string, { failure: Failure; statuses: string[] }>();
    for (const status of Object.keys(STATUSES) as (keyof typeof STATUSES)[]) {
      const failure = await refusal(database, options, status);
      if (failure === undefined) continue;
      const key = failure.code + (failure.hint ?? '');
      const known = refused.get(key) ?? { failure, statuses: [] };
      known.statuses.push(status);
      refused.set(key, known);
    }
    const takes = `${found.table} takes ${Object.values(found.columns).join(', ')}`;
    if (refused.size === 0) return [ok(name, found.created ? `can be created; ${takes}` : takes)];
    return [...refused.values()].map(({ failure, statuses }) =>
      broken(
        name,
        `${failure.code}: events with status ${statuses.join(', ')}: ${failure.message}`,
        nextStep(failure),
      ),
    );
  } finally {
    await own?.close();
  }
}

async function refusal(
  database: Database,
  options: ReturnType<typeof tableOptions>,
  status: keyof typeof STATUSES,
): Promise<Failure | undefined> {
  try {
    await rolledBack(database, (within) =>
      tableSink(within, options).write({ ...testEvent(new Date()), status }),
    );
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
