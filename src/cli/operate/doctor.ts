import type { ExitCode } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { Database } from '../../registry/database.js';
import { pendingTodos } from '../../registry/queries/pending-todos.js';
import { openRegistry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { accessRules } from '../recovery/access-rules.js';
import { printAnswer } from '../terminal/command-result.js';
import { writeStdout } from '../terminal/output.js';
import type { Style } from '../terminal/style.js';
import { registrySettings, stateUrl } from '../wiring/registry-url.js';
import { listerFor, storeSettings } from '../wiring/stores.js';
import { artifactChecks } from './doctor/artifact-checks.js';
import { settingChecks, storeChecks } from './doctor/backup-checks.js';
import { type Check, ok, tried, warning } from './doctor/check.js';
import { destinationChecks } from './doctor/destination-checks.js';
import { eventChecks } from './doctor/event-checks.js';
import { grantsSql } from './doctor/grants-sql.js';
import { nothingNamed, watchdogChecks } from './doctor/named-checks.js';
import { outputChecks, programChecks, rootChecks } from './doctor/place-checks.js';
import { registryChecks } from './doctor/registry-checks.js';
import { webhookChecks } from './doctor/sink-checks.js';
import { sourceChecks } from './doctor/source-checks.js';
import type { DoctorFlags } from './flags.js';
import { pendingText } from './pending-todos.js';

/** `salvor doctor`: exit 1 if something in the configuration does not work. */
export async function doctor(input: CommandInput<DoctorFlags>): Promise<ExitCode> {
  if (input.flags.printSql) {
    await writeStdout(grantsSql(loadConfig(input.flags.config).config, input.flags));
    return 0;
  }
  const { config, file } = loadConfig(input.flags.config);
  const checks = [
    file === undefined
      ? warning('configuration', 'no file found, using defaults', 'run `salvor init` to write one')
      : ok('configuration', file),
    ...(await tried('registry', () => checkRegistry(input.flags, config))),
    ...rootChecks(config.roots ?? []),
    ...(await tried('destination', () => checkDestination(config))),
    ...(await checkBackups(config)),
    ...(await sourceChecks(config, storeSettings({}, config.s3))),
    ...nothingNamed(config),
    ...outputChecks(config.health),
    ...(await webhookChecks(config.health)),
    ...watchdogChecks(config),
    ...programChecks(),
  ];
  const errors = checks.filter((check) => check.state === 'error').length;
  return printAnswer(input, {
    summary: { checks, errors, warnings: checks.filter((check) => check.state === 'warning').length },
    findings: checks
      .filter((check) => check.state !== 'ok')
      .map((check) => ({
        code: 'doctor.check',
        severity: check.state === 'error' ? 'error' : 'warning',
        subject: check.name,
        message: `${check.message}; ${check.fix}`,
      })),
    exitCode: errors > 0 ? 1 : 0,
    text: (style) => checksText(checks, errors, style),
  });
}

async function checkRegistry(flags: DoctorFlags & { registry?: string }, config: Config): Promise<Check[]> {
  const url = stateUrl(flags.registry, config);
  const migrate = url.startsWith('embedded:') ? 'auto' : 'never';
  const registry = await openRegistry(url, { ...registrySettings(config), migrate });
  const { database } = registry;
  try {
    const checks = await registryChecks(database);
    // Without Salvor's tables these fail for that reason alone, which is reported already.
    const hasTables = !checks.some(({ name, state }) => name === 'registry schema' && state === 'error');
    if (hasTables) checks.push(...(await tried('file changes', () => checkPending(database))));
    if (config.roots !== undefined || config.registry?.table !== undefined)
      checks.push(...(await artifactChecks(config, flags, database, hasTables)));
    return [...checks, ...(await tried('health table', () => eventChecks(config, database)))];
  } finally {
    await registry.close();
  }
}

async function checkDestination(config: Config): Promise<Check[]> {
  const destination = config.recovery?.destination ?? config.roots?.[0]?.path;
  if (config.recovery === undefined || destination === undefined) return [];
  return destinationChecks(destination, accessRules(config));
}

async function checkPending(database: Database): Promise<Check[]> {
  const text = pendingText(await pendingTodos(database));
  if (text === undefined) return [];
  return [
    warning(
      'file changes',
      text,
      'if no recovery is running, run `salvor recovery run` or `apply` to complete or revert them',
    ),
  ];
}

async function checkBackups(config: Config): Promise<Check[]> {
  const settings = storeSettings({}, config.s3);
  const checks: Check[] = [];
  for (const { url } of config.backups ?? []) {
    checks.push(...(await tried(`settings of ${url}`, () => settingChecks(url, settings))));
    const name = `backups ${url}`;
    checks.push(
      ...(await tried(name, async () => storeChecks(name, 'backups', await listerFor(url, settings)))),
    );
  }
  return checks;
}

function checksText(checks: readonly Check[], errors: number, style: Style): string {
  const mark = { ok: style.good('ok     '), warning: style.warn('warning'), error: style.bad('ERROR  ') };
  const lines = checks.flatMap(({ name, state, message, fix }) => [
    `${mark[state]}  ${name}: ${message}`,
    ...(fix === undefined ? [] : [`         ${style.dim(`fix: ${fix}`)}`]),
  ]);
  const end =
    errors === 0
      ? style.good('Everything in the configuration works.')
      : style.bad(`Fix ${counted(errors, 'error')} first.`);
  return `${lines.join('\n')}\n\n${end}\n`;
}
