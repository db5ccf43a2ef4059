import type { ExitCode } from '../../core/failure.js';
import { HEALTH_TABLE_SQL, tableSink } from '../../health/table-sink.js';
import { connect, type Database } from '../../registry/database.js';
import { printSql } from '../../registry/migrations/migrate.js';
import { pendingTodos } from '../../registry/queries/pending-todos.js';
import type { Queries } from '../../registry/queries.js';
import { openRegistry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { accessRules } from '../recovery/access-rules.js';
import { printAnswer } from '../terminal/command-result.js';
import { writeStdout } from '../terminal/output.js';
import type { Style } from '../terminal/style.js';
import { registryUrl } from '../wiring/registry-url.js';
import { listerFor, storeSettings } from '../wiring/stores.js';
import { backupChecks } from './doctor/backup-checks.js';
import { type Check, ok, tried, warning } from './doctor/check.js';
import { destinationChecks } from './doctor/destination-checks.js';
import { digestChecks } from './doctor/digest-checks.js';
import { nothingNamed, watchdogChecks } from './doctor/named-checks.js';
import { outputChecks, programChecks, rootChecks } from './doctor/place-checks.js';
import { artifactsChecks, registryChecks } from './doctor/registry-checks.js';
import { webhookChecks } from './doctor/sink-checks.js';
import type { DoctorFlags } from './flags.js';
import { pendingText } from './pending-todos.js';

/** `salvor doctor`: exit 1 when something that the configuration names does not work. */
export async function doctor(input: CommandInput<DoctorFlags>): Promise<ExitCode> {
  if (input.flags.printSql) {
    await writeStdout(`${printSql(input.flags.role)}${healthTableSql(input.flags.role)}`);
    return 0;
  }
  const { config, file } = loadConfig(input.flags.config);
  const url = registryUrl(input.flags.registry, config.registry?.url);
  const checks = [
    file === undefined
      ? warning('configuration', 'no file: defaults', '`salvor init` writes one')
      : ok('configuration', file),
    ...(await tried('registry', () => checkRegistry(url, config))),
    ...rootChecks(config.roots ?? []),
    ...(await tried('destination', () => checkDestination(config))),
    ...(await checkBackups(config)),
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

function healthTableSql(role: string): string {
  const name = `"${role.replaceAll('"', '""')}"`;
  return `
-- Health events. Leave this out where the configuration names a table of yours (health.table).
${HEALTH_TABLE_SQL};
grant insert on fleet_health_events to ${name};
`;
}

async function checkRegistry(url: string, config: Config): Promise<Check[]> {
  const registry = await openRegistry(url, { migrate: url.startsWith('embedded:') ? 'auto' : 'never' });
  try {
    const checks = await registryChecks(registry.database);
    checks.push(...(await tried('file changes', () => checkPending(registry.database))));
    const {
      id = 'id',
      type = 'artifact_type',
      path = 'file_path',
      metadata = 'metadata',
    } = config.registry?.columns ?? {};
    const table = config.registry?.table ?? 'artifacts';
    if (config.roots !== undefined || config.registry?.table !== undefined) {
      const writes = config.registry?.mode !== 'readonly';
      checks.push(...(await artifactsChecks(registry.database, table, { id, type, path, metadata }, writes)));
      checks.push(...(await tried('recorded digests', () => digestChecks(registry.database, config))));
    }
    return [...checks, ...(await tried('health table', () => checkHealthTable(registry.database, config)))];
  } finally {
    await registry.close();
  }
}

async function checkHealthTable(database: Database, config: Config): Promise<Check[]> {
  const own = config.health?.url === undefined ? undefined : await connect(config.health.url);
  try {
    const { table, columns } = config.health ?? {};
    const options = { ...(table && { table }), ...(columns && { columns }) };
    const found = await triedAndUndone(own ?? database, (tx) => tableSink(tx, options).prepare());
    const takes = `${found.table} takes ${Object.values(found.columns).join(', ')}`;
    return [ok('health table', found.created ? `can be created; ${takes}` : takes)];
  } finally {
    await own?.close();
  }
}

/** Does it in a transaction that is rolled back: a doctor tries and leaves no trace. */
async function triedAndUndone<T>(database: Database, work: (tx: Queries) => Promise<T>): Promise<T> {
  const undone = new Error('rolled back on purpose');
  let result: { value: T } | undefined;
  try {
    return await database.transaction(async (tx) => {
      result = { value: await work(tx) };
      throw undone;
    });
  } catch (thrown) {
    if (thrown === undone && result !== undefined) return result.value;
    throw thrown;
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
      'if no recovery is running, `salvor recovery run` or `apply` completes or reverts them',
    ),
  ];
}

async function checkBackups(config: Config): Promise<Check[]> {
  const settings = storeSettings({}, config.s3);
  const checks: Check[] = [];
  for (const { url } of config.backups ?? []) {
    checks.push(...(await tried(`backups ${url}`, async () => backupChecks(await listerFor(url, settings)))));
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
      ? style.good('Everything that the configuration names is there.')
      : style.bad(`${errors} of these must be mended first.`);
  return `${lines.join('\n')}\n\n${end}\n`;
}
