import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { tableSink } from '../../health/table-sink.js';
import { connect, type Database } from '../../registry/database.js';
import { migrations } from '../../registry/migrations/all.js';
import { migrate } from '../../registry/migrations/migrate.js';
import { openRegistry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig, parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { configTemplate } from '../config/template.js';
import { printAnswer } from '../terminal/command-result.js';
import type { Style } from '../terminal/style.js';
import { tableOptions } from '../wiring/health-sinks.js';
import { registrySettings, registryUrl, stateUrl } from '../wiring/registry-url.js';
import type { InitFlags } from './flags.js';

/** `salvor init`: writes the file if there is none, then migrates the configured registry. */
export async function init(input: CommandInput<InitFlags>): Promise<ExitCode> {
  const file = resolve(input.flags.config ?? 'salvor.yaml');
  const written = writeTemplate(file, input.flags);
  const { config } = loadConfig(file);
  const settings = { migrate: 'never', ...registrySettings(config) } as const;
  const registry = await openRegistry(stateUrl(input.flags.registry, config), settings);
  try {
    const applied = await migrate(registry.database, undefined, settings.artifactsTable);
    const artifacts = await besideArtifacts(input.flags, config);
    await prepareHealthTable(registry.database, config);
    if (input.flags.queue) await (await import('../../queue/install.js')).installQueue(registry.database);
    return await printAnswer(input, {
      summary: {
        config_file: file,
        config_written: written,
        registry: registry.database.location,
        migrations: applied,
        ...(artifacts === undefined
          ? {}
          : { artifacts_registry: artifacts.location, artifacts_migrations: artifacts.applied }),
      },
      text: (style) =>
        `${written ? style.good('wrote  ') : 'kept   '}  ${file}\n` +
        `${tablesText(applied, style)}  Salvor's tables in ${registry.database.location}\n` +
        `${artifacts === undefined ? '' : `${tablesText(artifacts.applied, style)}  Salvor's tables in ${artifacts.location}, for journal, digests and drift\n`}` +
        `${input.flags.queue ? 'ready    Tables of the work queue, for salvor worker and --distribute\n' : ''}\n` +
        `Next:\n  ${written ? `edit ${file}\n  ` : ''}salvor doctor            check everything in the configuration\n` +
        '  salvor listings verify   check the backups\n',
    });
  } finally {
    await registry.close();
  }
}

/** What was done to a set of tables, in a column of its own. */
function tablesText(applied: readonly string[], style: Style): string {
  if (applied.length === 0) return 'ready  ';
  return style.good(applied.length === migrations.length ? 'created' : 'updated');
}

/**
 * With `state.url`, runs and findings are in that database, but journal, digests and drift must be in the artifacts'
 * database. Undefined if both are the same, or if the artifacts' database is read-only and has none of these tables.
 */
async function besideArtifacts(
  flags: { registry?: string | undefined },
  config: Config,
): Promise<{ location: string; applied: string[] } | undefined> {
  if (config.state?.url === undefined || config.registry?.mode === 'readonly') return undefined;
  const database = await connect(registryUrl(flags.registry, config.registry?.url));
  try {
    const applied = await migrate(database, undefined, registrySettings(config).artifactsTable);
    return { location: database.location, applied };
  } finally {
    await database.close();
  }
}

/** Creates the events table now, while the operator can see errors, instead of in the first run at night. */
async function prepareHealthTable(database: Database, { health }: Config): Promise<void> {
  if (health?.url !== undefined) return;
  await tableSink(database, tableOptions(health)).prepare();
}

/** Writes the file unless it exists. Returns whether it was written. */
function writeTemplate(file: string, flags: InitFlags & { registry?: string }): boolean {
  const text = configTemplate({
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    // Never write a password to the file, only the location of the registry.
    ...(flags.registry === undefined || holdsPassword(flags.registry)
      ? {}
      : { registryUrl: registryUrl(flags.registry, undefined) }),
  });
  parseConfig(text, file, process.env);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx', mode: 0o640 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw usageFailure(
      'config.unreadable',
      `cannot write ${file}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function holdsPassword(url: string): boolean {
  return /^[a-z]+:\/\/[^/?#@]*:[^/?#]*@/i.test(url) || /[?&]password=/i.test(url);
}
