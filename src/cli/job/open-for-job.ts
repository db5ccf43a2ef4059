import { openRegistry, type Registry } from '../../registry/registry.js';
import type { LoadedConfig } from '../config/load.js';
import type { GlobalOptions } from '../globals.js';
import { registrySettings, stateUrl } from '../wiring/registry-url.js';
import type { JobSpec } from './spec.js';

/** Opens the configured registry, and migrates it if that needs no approval. */
export async function openForJob(
  need: JobSpec<object>['registry'],
  flags: GlobalOptions,
  loaded: LoadedConfig,
): Promise<Registry | undefined> {
  if (need === 'none') return undefined;
  return openRegistry(stateUrl(flags.registry, loaded.config), registrySettings(loaded.config));
}
