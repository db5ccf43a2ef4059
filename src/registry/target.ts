import pg from 'pg';
import { usageFailure } from '../core/failure.js';
import { LoginClient } from './connection/login-client.js';
import { isConnectionString } from './connection/parse.js';
import { type Servers, serversOf } from './connection/servers.js';
import type { ConnectOptions } from './queries.js';

/** Which database a url names. `location` is fit to be shown: it is put together from parts that are no secret. */
export type Target =
  | { kind: 'embedded'; location: string; directory: string }
  | ({ kind: 'postgres'; location: string } & Servers);

/** How to reach a server; an embedded one listens on a socket in the directory `host`. */
export interface Address {
  host: string;
  port: number;
  user: string;
  database: string;
}

const STATEMENT_TIMEOUT_MS = 30 * 60_000;
const LOCK_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 15_000;
export const MAX_CONNECTIONS = 8;

/** @throws Failure `registry.bad_url` (exit 2), which never repeats the URL: a password in a malformed URL cannot be found and redacted. */
export function targetOf(url: string): Target {
  if (url.startsWith('embedded:')) {
    const directory = url.slice('embedded:'.length);
    if (directory === '') {
      throw usageFailure(
        'registry.bad_url',
        'embedded: names no directory',
        'write embedded:/some/directory',
      );
    }
    return { kind: 'embedded', location: url, directory };
  }
  if (!isConnectionString(url)) {
    throw usageFailure(
      'registry.bad_url',
      'the registry must be postgres://…, key=value pairs or embedded:DIR',
      'write postgres://user@host:5432/database, with special characters %-encoded',
    );
  }
  const found = serversOf(url);
  const hosts = [...new Set(found.servers.map(({ host, port }) => `${host}:${port}`))].join(',');
  return { kind: 'postgres', location: `postgres://${found.user}@${hosts}/${found.database}`, ...found };
}

const INT8 = 20;
/** `date`, `timestamp`, and arrays of them: the driver would read them in the host's time zone. */
const ZONELESS: ReadonlySet<number> = new Set([1082, 1114, 1115, 1182]);

function parseInt8(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary' && oid === INT8) return parseInt8;
  if (format !== 'binary' && ZONELESS.has(oid)) return (text: string) => text;
  return pg.types.getTypeParser(oid, format ?? 'text');
};

/** The driver's settings for one way to a server. What a transaction needs is set within it, see `localSettings`. */
export function poolConfig(options: ConnectOptions, where: pg.ClientConfig): pg.PoolConfig {
  return {
    application_name: options.applicationName ?? 'salvor',
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    ...where,
    max: options.maxConnections ?? MAX_CONNECTIONS,
    allowExitOnIdle: true,
    types: { getTypeParser },
    Client: LoginClient,
  };
}

/** The driver's settings for an embedded server, which listens on a socket that only its own account can open. */
export function embeddedConfig(address: Address): pg.ClientConfig {
  return { ...address, password: '', ssl: false };
}

/**
 * SQL that makes a transaction alike on every server, whatever the server's or the role's defaults are. It holds until
 * the transaction ends: behind a pooler the connection is somebody else's afterwards. Poolers also refuse startup
 * parameters that they do not know.
 */
export function localSettings(options: ConnectOptions): string {
  const settings: Record<string, string | number> = {
    TimeZone: 'UTC',
    DateStyle: 'ISO, YMD',
    bytea_output: 'hex',
    standard_conforming_strings: 'on',
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    lock_timeout: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 0,
    // The server then refuses where a policy would hide rows, instead of leaving them out.
    ...(options.rowSecurity === 'allow' ? {} : { row_security: 'off' }),
  };
  const statements = Object.entries(settings).map(
    ([name, value]) => `set local ${name} = '${Number.isFinite(value) ? Math.trunc(Number(value)) : value}'`,
  );
  return [...statements, NO_TRANSACTION_TIMEOUT].join('; ');
}

/** Of PostgreSQL 17 and later; older servers do not know the setting. */
const NO_TRANSACTION_TIMEOUT =
  "select pg_catalog.set_config('transaction_timeout', '0', true) where pg_catalog.current_setting('transaction_timeout', true) is not null";

/** The role that a url names; undefined for an embedded registry. @throws Failure `registry.bad_url` */
export function registryUser(url: string | undefined): string | undefined {
  const target = url === undefined ? undefined : targetOf(url);
  return target?.kind === 'postgres' ? target.user : undefined;
}
