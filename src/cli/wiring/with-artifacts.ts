import type { Database } from '../../registry/database.js';
import type { CommandInput } from '../command-input.js';
import type { Config } from '../config/schema.js';
import { withRegistry } from '../terminal/command-result.js';
import { type OpenedArtifacts, openConfiguredArtifacts } from './artifacts.js';

/** Opens the registry and the artifacts table for a command that is not a job, and always closes both. */
export function withArtifacts<T>(
  input: CommandInput,
  work: (opened: OpenedArtifacts, state: Database, config: Config) => Promise<T>,
): Promise<T> {
  return withRegistry(input, async ({ database }, { config }) => {
    const opened = await openConfiguredArtifacts(config, input.flags, database);
    try {
      return await work(opened, database, config);
    } finally {
      await opened.close();
    }
  });
}
