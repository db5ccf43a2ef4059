import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type ExitCode, Failure } from '../../core/failure.js';
import { programFile } from '../../core/program-files.js';
import type { DashboardSource, WatchReport } from '../../dashboard/port.js';
import { ownToken } from '../../dashboard/security/token-file.js';
import { type Dashboard, type DashboardOptions, startDashboard } from '../../dashboard/server.js';
import { watchdogFindings } from '../../health/watchdog-report.js';
import { quoteTableName } from '../../registry/artifacts/table-name.js';
import { columnsOf, describeArtifacts } from '../../registry/artifacts/table-schema.js';
import { connect, type Database } from '../../registry/database.js';
import { openRegistry } from '../../registry/registry.js';
import type { CommandInput } from '../command-input.js';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { judgeExpected } from '../operate/watch-report.js';
import { stopOnSignals } from '../signals.js';
import { type Answer, printAnswer } from '../terminal/command-result.js';
import { writeStderr } from '../terminal/output.js';
import { version } from '../version.js';
import { actorHere } from '../wiring/artifacts.js';
import { registrySettings, registryUrl, stateDirectory, stateUrl } from '../wiring/registry-url.js';
import { dashboardActions } from './actions.js';
import type { DashboardFlags } from './flags.js';

const APPLICATION = 'salvor dashboard';
export const DEFAULT_LISTEN = '127.0.0.1:7878';
/** Timeout of a page's queries: a slower page is useless and must not load the database. */
const PAGE_TIMEOUT_MS = 5000;
/** Timeout of counting; enough for about ten million artifacts. */
const CENSUS_TIMEOUT_MS = 5 * 60_000;

/** `salvor dashboard`: serves until a signal arrives. */
export async function dashboard(input: CommandInput<DashboardFlags>): Promise<ExitCode> {
  const { flags } = input;
  const { config } = loadConfig(flags.config);
  const own = ownToken(stateDirectory());
  const stop = stopOnSignals(() => undefined);
  try {
    const opened = await openDashboard({
      config,
      flags,
      own: { actor: actorHere(), secret: own.secret },
      pages: fileURLToPath(programFile('dashboard/pages')),
      log: (line) => writeStderr(`salvor: ${line}`),
    });
    try {
      await printAnswer(input, startAnswer(opened, own.file));
      await aborted(stop.signal);
    } finally {
      await opened.close();
    }
    return 0;
  } finally {
    stop.release();
  }
}

export interface OpenOptions {
  config: Config;
  flags: { registry?: string | undefined; listen?: string; readOnly?: true };
  own: DashboardOptions['own'];
  pages: string;
  log: (line: string) => void;
  now?: () => number;
}

export interface OpenedDashboard {
  server: Dashboard;
  location: string;
  readOnly: boolean;
  close(): Promise<void>;
}

/** Opens the registry and serves it. @throws Failure `dashboard.*`, `registry.*` */
export async function openDashboard(options: OpenOptions): Promise<OpenedDashboard> {
  const { config, flags } = options;
  const readOnly = flags.readOnly === true || config.registry?.mode === 'readonly';
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    opened.unshift(one);
    return one;
  };
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0)) await one.close();
  };
  try {
    const stateAt = stateUrl(flags.registry, config);
    // Opened first, because it checks the tables and keeps an embedded server running.
    const registry = keep(
      await openRegistry(stateAt, { readOnly, applicationName: APPLICATION, ...registrySettings(config) }),
    );
    const url = registryUrl(flags.registry, config.registry?.url);
    const pages = keep(await connect(url, { ...reading(PAGE_TIMEOUT_MS, 6), ...registrySettings(config) }));
    const census = keep(
      await connect(url, { ...reading(CENSUS_TIMEOUT_MS, 1), ...registrySettings(config) }),
    );
    const state = stateAt === url ? pages : keep(await connect(stateAt, reading(PAGE_TIMEOUT_MS, 6)));
    const isFrozen = config.registry?.mode === 'readonly';
    const databases = { pages, census, state, ledger: isFrozen ? state : pages };
    const server = keep(
      await startDashboard({
        source: await sourceOf(databases, config),
        actions: readOnly ? undefined : dashboardActions(registry, config, flags),
        listen: flags.listen ?? config.dashboard?.listen ?? DEFAULT_LISTEN,
        allowedHosts: config.dashboard?.allowed_hosts ?? [],
        own: options.own,
        named: config.dashboard?.tokens ?? {},
        pages: options.pages,
        version,
        hostname: hostname(),
        log: options.log,
        ...(options.now && { now: options.now }),
      }),
    );
    return { server, location: pages.location, readOnly, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startAnswer({ server, location, readOnly }: OpenedDashboard, tokenFile: string): Answer {
  const reach = server.loopback
    ? 'only reachable from this host'
    : 'reachable from other hosts: put a TLS proxy in front of it, and set dashboard.allowed_hosts';
  return {
    scope: location,
    summary: {
      url: server.url,
      sign_in_url: server.signInUrl,
      token_file: tokenFile,
      read_only: readOnly,
      loopback: server.loopback,
    },
    text: (style) =>
      `${style.bold('salvor dashboard')} on ${server.url}, for ${location}${readOnly ? ', read-only' : ''}\n` +
      `  sign in (once, within 15 minutes): ${server.signInUrl}\n` +
      `  or use the token in ${tokenFile}\n` +
      `  ${reach}\n` +
      '  Ctrl-C stops it\n',
  };
}

function reading(statementTimeoutMs: number, maxConnections: number) {
  return {
    readOnly: true,
    statementTimeoutMs,
    lockTimeoutMs: 2000,
    maxConnections,
    applicationName: APPLICATION,
  };
}

async function sourceOf(
  { pages, census, state, ledger }: Record<'pages' | 'census' | 'state' | 'ledger', Database>,
  config: Config,
): Promise<DashboardSource> {
  return {
    sql: pages,
    ledgerSql: ledger,
    stateSql: state,
    censusSql: census,
    artifacts: await artifactsOf(pages, config),
    watch: () => watchReport(state, ledger, config),
    location: pages.location,
  };
}

/** A registry without an artifacts table still has a dashboard, which shows the backups. */
async function artifactsOf(database: Database, config: Config): Promise<DashboardSource['artifacts']> {
  const {
    id = 'id',
    type = 'artifact_type',
    path = 'file_path',
    metadata = 'metadata',
    title = 'title',
  } = config.registry?.columns ?? {};
  try {
    const table = config.registry?.table ?? 'artifacts';
    const shape = await describeArtifacts(database, { table, columns: { id, type, path, metadata } });
    const columns = await columnsOf(database, shape.table);
    const found = columns.find((column) => column.name === title);
    return { shape, titleColumn: found && quoteTableName(found.name) };
  } catch (error) {
    if (error instanceof Failure && /^registry\.(missing_|column_)/.test(error.code))
      return { missing: error.message };
    throw error;
  }
}

async function watchReport(
  database: Database,
  ledger: Database,
  config: Config,
): Promise<WatchReport | null> {
  const judgements = await judgeExpected(database, ledger, config);
  if (judgements === null) return null;
  const red = judgements.flatMap((judgement) => {
    const explained = ['ended_badly', 'still_red'].includes(judgement.verdict) && judgement.open.length > 0;
    return watchdogFindings([judgement]).map(({ subject, message }) => ({ subject, message, explained }));
  });
  return { expected: judgements.length, red };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
