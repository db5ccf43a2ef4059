import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ExitCode, usageFailure } from '../../core/failure.js';
import { tableSink } from '../../health/table-sink.js';
import type { Database } from '../../registry/database.js';
import { migrate } from '../../registry/migrations/migrate.js';
import { openRegistry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig, parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { configTemplate } from '../config/template.js';
import { printAnswer } from '../terminal/command-result.js';
import { registryUrl } from '../wiring/registry-url.js';
import type { InitFlags } from './init.command.js';

/** `salvor init`: writes the file if there is none, then migrates the registry that it names. */
export async function init(input: CommandInput<InitFlags>): Promise<ExitCode> {
  const file = resolve(input.flags.config ?? 'salvor.yaml');
  const written = writeTemplate(file, input.flags);
  const { config } = loadConfig(file);
  const registry = await openRegistry(registryUrl(input.flags.registry, config.registry?.url), {
    migrate: 'never',
  });
  try {
    const applied = await migrate(registry.database);
    await prepareHealthTable(registry.database, config);
    if (input.flags.queue) await (await import('../../queue/install.js')).installQueue(registry.database);
    return await printAnswer(input, {
      summary: {
        config_file: file,
        config_written: written,
        registry: registry.database.location,
        migrations: applied,
      },
      text: (style) =>
        `${written ? style.good('wrote') : 'kept '}  ${file}\n` +
        `${applied.length > 0 ? style.good('built') : 'ready'}  Salvor's tables in ${registry.database.location}` +
        `${applied.length > 0 ? ` (${applied.join(', ')})` : ''}\n` +
        `${input.flags.queue ? 'ready  the tables of the work queue, for salvor worker and --distribute\n' : ''}\n` +
        `Next:\n  ${written ? `edit ${file}\n  ` : ''}salvor doctor            tries everything that the file names\n` +
        '  salvor listings verify   checks the backups\n',
    });
  } finally {
    await registry.close();
  }
}

/** The events' table is made now, while somebody looks, and not by the first run at night. */
async function prepareHealthTable(database: Database, { health }: Config): Promise<void> {
  if (health?.url !== undefined) return;
  const { table, columns } = health ?? {};
  await tableSink(database, { ...(table && { table }), ...(columns && { columns }) }).prepare();
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
      `can not write ${file}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function holdsPassword(url: string): boolean {
  return /^[a-z]+:\/\/[^/?#@]*:[^/?#]*@/i.test(url) || /[?&]password=/i.test(url);
}
