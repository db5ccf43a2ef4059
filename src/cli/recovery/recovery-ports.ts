import { dirname, join } from 'node:path';
import type { Files } from '../../files/port.js';
import { openFiles } from '../../files/thread-pool.js';
import type { PlanPorts } from '../../jobs/recovery/options.js';
import { ContentCache } from '../../jobs/recovery/plan/content-cache.js';
import { PlanMemory } from '../../jobs/recovery/plan/plan-memory.js';
import type { FileTodos } from '../../registry/recovery/file-todos-port.js';
import { PostgresRecoveryLedger } from '../../registry/recovery/recovery-ledger.js';
import { openRecovery } from '../../registry/recovery/recovery-reader.js';
import type { LoadedConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import type { JobContext } from '../job/spec.js';
import { fileTodosOf } from '../journal/undo-with-files.js';
import { type OpenedArtifacts, openConfiguredArtifacts, tableOf } from '../wiring/artifacts.js';
import { storeSettings } from '../wiring/stores.js';
import type { RecoveryFlags } from './flags.js';
import { type RecoverySettings, recoverySources } from './recovery-settings.js';

/** Limit of the cache next to a plan, with content that had to be read for decisions. */
const CACHE_BYTES = 20e9;

/** The ports for planning and applying; those that only applying needs are opened on demand. */
export interface RecoveryPorts {
  plan: PlanPorts;
  artifacts: OpenedArtifacts;
  ledger: PostgresRecoveryLedger;
  todos: FileTodos;
}

/** The request for a recovery: flags, configuration, and the resulting settings. */
export interface RecoveryCall {
  flags: RecoveryFlags & GlobalOptions;
  loaded: LoadedConfig;
  settings: RecoverySettings;
  planFile: string;
}

/** Opens files, table and sources, passes them on, and closes them in reverse order. */
export async function withRecoveryPorts<T>(
  context: JobContext,
  { flags, loaded, settings, planFile }: RecoveryCall,
  job: (ports: RecoveryPorts) => Promise<T>,
): Promise<T> {
  const { config } = loaded;
  const files: Files = await openFiles({ roots: config.roots ?? [], threads: config.checksums?.threads });
  let artifacts: OpenedArtifacts | undefined;
  try {
    if (context.registry === undefined) throw new Error('the job runs without its registry');
    const state = context.registry.database;
    artifacts = await openConfiguredArtifacts(config, flags, state);
    const reader = await openRecovery(artifacts.database, tableOf(config), {
      titleColumn: config.registry?.columns?.title,
      state,
      ledger: artifacts.ledger,
    });
    const cacheDirectory = join(dirname(planFile), 'cache');
    return await job({
      artifacts,
      ledger: new PostgresRecoveryLedger(state, artifacts.shape.table),
      todos: fileTodosOf(artifacts, state),
      plan: {
        reader,
        artifacts: artifacts.reader,
        files,
        sources: recoverySources(config, settings, flags, storeSettings(flags, config.s3)),
        cache: new ContentCache(cacheDirectory, CACHE_BYTES),
        memory: await PlanMemory.open(cacheDirectory),
        clock: context.clock,
        emit: context.emit,
        signal: context.signal,
      },
    });
  } finally {
    await artifacts?.close();
    await files.close();
  }
}
