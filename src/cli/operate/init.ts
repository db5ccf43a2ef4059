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

/** `salvor init`: writes the file if there is none, then migrates the registry that it names. */
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
 * With `state.url` runs and findings are there, but journal, digests and drift must be in the database of the artifacts:
 * undefined where that is the same, or may only be read and so holds none of them.
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

/** The events' table is made now, while somebody looks, and not by the first run at night. */
async function prepareHealthTable(database: Database, { health }: Config): Promise<void> {
  if (health?.url !== undefined) return;
  await tableSink(database, tableOptions(health)).prepare();
}

/** Whether it wrote: a file that is there already stays as it is. */
function writeTemplate(file: string, flags: InitFlags & { registry?: string }): boolean {
  const text = configTemplate({
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    // A password stays where it came from; the file only says where the registry is.
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
