import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { usageFailure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import { fromEnvironment, refuseUnsupported } from './keywords.js';
import { parseConnectionString } from './parse.js';
import { type Login, passwordFor } from './password-file.js';
import { serviceSettings } from './service-file.js';
import { encryptionsOf } from './tls.js';

/** Which of several hosts will do: `target_session_attrs` of libpq. */
export type SessionAttrs = 'any' | 'read-write' | 'primary' | 'read-only' | 'standby' | 'prefer-standby';

/** One server, and the ways to connect to it, in the order in which they are tried. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly ways: readonly pg.ClientConfig[];
  /** Why the password file was not used. */
  readonly note?: string;
}

/** What a connection string comes to. */
export interface Servers {
  /** Tried in this order. */
  readonly servers: readonly Server[];
  readonly user: string;
  readonly database: string;
  readonly sessionAttrs: SessionAttrs;
}

type Settings = ReadonlyMap<string, string>;

const DEFAULT_PORT = 5432;

/**
 * Reads a connection string, and what it leaves out, as libpq does: the string itself, then the service that it or
 * `PGSERVICE` names, then the environment, then the defaults.
 * @throws Failure `registry.bad_url` for what is wrong or not supported, before anything is sent
 */
export function serversOf(text: string, env: NodeJS.ProcessEnv = process.env): Servers {
  const settings = resolved(parseConnectionString(text), env);
  refuseUnsupported(settings);
  const user = settings.get('user') || accountName(env);
  const database = settings.get('dbname') || user;
  const servers = addresses(settings, env).map((address) =>
    serverOf({ ...address, user, database }, settings, env),
  );
  if (settings.get('load_balance_hosts') === 'random') servers.sort(() => Math.random() - 0.5);
  const sessionAttrs = (settings.get('target_session_attrs') ?? 'any') as SessionAttrs;
  return { servers, user, database, sessionAttrs };
}

/** An empty value is as good as none, except in the string itself, where it keeps the environment out. */
function resolved(own: Map<string, string>, env: NodeJS.ProcessEnv): Settings {
  const environment = fromEnvironment(env);
  const service = own.get('service') ?? environment.get('service');
  const file = own.get('servicefile') ?? environment.get('servicefile');
  const ofService = service === undefined ? [] : serviceSettings(service, file, env);
  const all = new Map([...environment, ...ofService, ...own]);
  return new Map([...all].filter(([, value]) => value !== ''));
}

function accountName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    return env.USER ?? '';
  }
}

interface Address {
  host: string;
  /** The address to connect to where DNS is not to be asked. */
  hostaddr: string;
  port: number;
}

function addresses(settings: Settings, env: NodeJS.ProcessEnv): Address[] {
  const hosts = listOf(settings.get('host'));
  const hostaddrs = listOf(settings.get('hostaddr'));
  const ports = listOf(settings.get('port'));
  const count = Math.max(hosts.length, hostaddrs.length, 1);
  const fits = (list: readonly string[], isOneForAll: boolean): boolean =>
    list.length === 0 || list.length === count || (isOneForAll && list.length === 1);
  if (!fits(hosts, false) || !fits(hostaddrs, false) || !fits(ports, true)) {
    throw usageFailure(
      'registry.bad_url',
      `the connection to the registry names ${counted(hosts.length, 'host')}, ${counted(hostaddrs.length, 'address', 'addresses')} and ${counted(ports.length, 'port')}, which do not fit together`,
      'Give as many ports as hosts, or one port for all.',
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const port = portOf(ports.length === 1 ? ports[0] : ports[i]);
    const hostaddr = hostaddrs[i] ?? '';
    return { host: hosts[i] || hostaddr || defaultHost(port, env), hostaddr, port };
  });
}

function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(',').map((one) => one.trim());
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw usageFailure(
    'registry.bad_url',
    'a port of the connection to the registry is not a number from 1 to 65535',
    'Correct it; in a password, `:` and `@` are written %3A and %40.',
  );
}

/** The socket of a server on this host, as libpq would look for it; without one, TCP on this host. */
function defaultHost(port: number, env: NodeJS.ProcessEnv): string {
  const directories = ['/var/run/postgresql', env.TMPDIR ?? '/tmp'];
  return directories.find((directory) => existsSync(join(directory, `.s.PGSQL.${port}`))) ?? 'localhost';
}

function serverOf(address: Address & Login, settings: Settings, env: NodeJS.ProcessEnv): Server {
  const { host, hostaddr, port, user, database } = address;
  if (host.startsWith('@')) {
    throw usageFailure('registry.bad_url', 'abstract Unix sockets are not supported', 'Name its directory.');
  }
  const file = settings.get('passfile') ?? join(env.HOME ?? homedir(), '.pgpass');
  const own = settings.get('password');
  const { password, note } = own === undefined ? passwordFor(address, file) : { password: own };
  const common: pg.ClientConfig = {
    host: hostaddr || host,
    port,
    user,
    database,
    // A function: the driver would look for a password of its own where there is none.
    password: (() => password) as () => string,
    ...timing(settings),
    ...(settings.has('options') ? { options: settings.get('options') as string } : {}),
    ...(settings.has('application_name')
      ? { application_name: settings.get('application_name') as string }
      : {}),
    ...(settings.get('channel_binding') === 'require' ? { enableChannelBinding: true } : {}),
  };
  const ways = encryptionsOf(settings, host, env).map((ssl) => ({
    ...common,
    ssl: ssl === false || hostaddr === '' ? ssl : { ...ssl, servername: host },
    ...(settings.get('sslnegotiation') === 'direct' ? { sslnegotiation: 'direct' as const } : {}),
  }));
  return { host, port, ways, ...(note === undefined ? {} : { note }) };
}

function timing(settings: Settings): pg.ClientConfig {
  const timeout = Number(settings.get('connect_timeout') ?? Number.NaN);
  const idle = Number(settings.get('keepalives_idle') ?? 0);
  return {
    // Zero and less: for as long as it takes.
    ...(Number.isNaN(timeout) ? {} : { connectionTimeoutMillis: Math.max(0, timeout) * 1000 }),
    keepAlive: settings.get('keepalives') !== '0',
    keepAliveInitialDelayMillis: idle > 0 ? idle * 1000 : 30_000,
  };
}
