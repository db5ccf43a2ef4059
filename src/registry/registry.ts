import { connect, type Database } from './database.js';
import { ensureSchema } from './migrations/migrate.js';
import type { Baselines } from './port.js';
import type { ConnectOptions } from './queries.js';
import { PostgresBaselines } from './runs/baselines.js';
import { PostgresRuns, type RunTiming } from './runs/runs.js';
import { PostgresScopes } from './runs/scopes.js';

/** Everything that Salvor remembers, behind one connection pool. */
export interface Registry {
  readonly database: Database;
  readonly runs: PostgresRuns;
  readonly baselines: Baselines;
  readonly scopes: PostgresScopes;
  /** Ends all connections; the last user of an embedded server stops it. */
  close(): Promise<void>;
}

export interface RegistryOptions extends ConnectOptions, RunTiming {
  /**
   * `auto` (default): an embedded registry is brought up to date, another must be already (`salvor init` does that, as
   * a role that may). `always`: brought up to date. `never`: taken as it is.
   */
  migrate?: 'auto' | 'always' | 'never';
  /** The configured table of artifacts, see `migrate`. */
  artifactsTable?: string;
}

/**
 * Opens `postgres://…` or `embedded:DIR` and sees to it that Salvor's tables are there.
 * @throws Failure `registry.*`
 */
export async function openRegistry(url: string, options: RegistryOptions = {}): Promise<Registry> {
  const database = await connect(url, options);
  try {
    await ensureSchema(database, options.migrate ?? 'auto', options.artifactsTable);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    database,
    runs: new PostgresRuns(database, options),
    baselines: new PostgresBaselines(database),
    scopes: new PostgresScopes(database),
    close: () => database.close(),
  };
}
