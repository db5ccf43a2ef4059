import { Failure } from '../../core/failure.js';
import { ndjsonSink } from '../../health/ndjson.js';
import { prometheusSink } from '../../health/prometheus.js';
import type { HealthSink } from '../../health/sink.js';
import { type TableSinkOptions, tableSink } from '../../health/table-sink.js';
import { webhookSink } from '../../health/webhook.js';
import { connect, type Database } from '../../registry/database.js';
import type { Registry } from '../../registry/registry.js';
import type { Config } from '../config/schema.js';
import { asFailure } from '../terminal/output.js';

export interface HealthSinks {
  all: HealthSink[];
  close(): Promise<void>;
}

/**
 * All configured sinks, or the table in the registry if none is configured. An unreachable database becomes a failing
 * sink, so that it is reported and the other sinks still get the event.
 */
export async function healthSinks(
  health: Config['health'],
  registry: Registry | undefined,
  registryExpected: boolean,
): Promise<HealthSinks> {
  const all: HealthSink[] = [];
  const own = health?.url === undefined ? undefined : await reach(health.url);
  const table = tableOptions(health);
  if (own !== undefined) all.push('query' in own ? tableSink(own, table) : own);
  else if (registry !== undefined) all.push(tableSink(registry.database, table));
  else if (registryExpected) all.push(unreachable('the registry cannot be reached'));
  if (health?.ndjson) all.push(ndjsonSink(health.ndjson));
  if (health?.prometheus) all.push(prometheusSink(health.prometheus));
  if (health?.webhook) {
    all.push(
      webhookSink({ url: health.webhook, ...(health.webhook_secret && { secret: health.webhook_secret }) }),
    );
  }
  return { all, close: async () => (own !== undefined && 'query' in own ? own.close() : undefined) };
}

/** The configured table of events. */
export function tableOptions(health: Config['health']): TableSinkOptions {
  const { table, columns, statuses } = health ?? {};
  return { ...(table && { table }), ...(columns && { columns }), ...(statuses && { statuses }) };
}

async function reach(url: string): Promise<Database | HealthSink> {
  return connect(url).catch((thrown) => unreachable(asFailure(thrown).message));
}

function unreachable(reason: string): HealthSink {
  return {
    name: 'health table',
    write: async () => {
      throw new Failure('registry.unavailable', reason);
    },
  };
}
