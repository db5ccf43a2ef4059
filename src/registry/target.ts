import pg from 'pg';
import { usageFailure } from '../core/failure.js';
import { candidatesOf, type SessionAttrs } from './connection-string.js';
import type { ConnectOptions } from './queries.js';

/** Which database a url names. `location` is fit to be shown: it is put together from parts that are no secret. */
export type Target =
  | { kind: 'embedded'; location: string; directory: string }
  | {
      kind: 'postgres';
      location: string;
      connectionString: string;
      /** More connection strings to try when this one leads to no suitable server. */
      others: readonly string[];
      sessionAttrs: SessionAttrs;
    };

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
const MAX_CONNECTIONS = 8;

/** @throws Failure `registry.bad_url` (exit 2), which never repeats the url: what can't be read can't be redacted. */
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
  const hint = 'write postgres://user@host:5432/database, with special characters %-encoded';
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw usageFailure('registry.bad_url', 'the registry is neither postgres://… nor embedded:DIR', hint);
  }
  const { strings, sessionAttrs } = candidatesOf(url);
  const [connectionString = url, ...others] = strings.map(withLibpqTls);
  try {
    const clients = [connectionString, ...others].map((text) => new pg.Client({ connectionString: text }));
    const hosts = [...new Set(clients.map(({ host, port }) => `${host}:${port}`))].join(',');
    const { user, database } = clients[0] ?? {};
    const location = `postgres://${user ?? ''}@${hosts}/${database ?? ''}`;
    return { kind: 'postgres', location, connectionString, others, sessionAttrs };
  } catch (error) {
    const reason = error instanceof Error && !/URL/.test(error.message) ? `: ${error.message}` : '';
    throw usageFailure('registry.bad_url', `the url of the registry can not be used${reason}`, hint);
  }
}

/** Gives `sslmode` the meaning that it has in libpq and its manual; the driver's own is to treat `require` as `verify-full`. */
function withLibpqTls(url: string): string {
  const known = /[?&]sslmode=(?:disable|prefer|require|verify-ca|verify-full)(?:&|$)/.test(url);
  return known && !/[?&]uselibpqcompat=/.test(url) ? `${url}&uselibpqcompat=true` : url;
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

/** The driver's settings. What a transaction needs is set within it, see `localSettings`. */
export function poolConfig(target: Target, options: ConnectOptions, embedded?: Address): pg.PoolConfig {
  const where =
    target.kind === 'postgres'
      ? { connectionString: target.connectionString }
      : { ...embedded, password: '', ssl: false };
  return {
    ...where,
    application_name: options.applicationName ?? 'salvor',
    max: options.maxConnections ?? MAX_CONNECTIONS,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    allowExitOnIdle: true,
    types: { getTypeParser },
  };
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
  return Object.entries(settings)
    .map(
      ([name, value]) =>
        `set local ${name} = '${Number.isFinite(value) ? Math.trunc(Number(value)) : value}'`,
    )
    .join('; ');
}

/** The role that a url names; undefined for an embedded registry, or where it names none. */
export function registryUser(url: string | undefined): string | undefined {
  if (url === undefined || !/^postgres(ql)?:\/\//.test(url)) return undefined;
  const [, user] = /^[a-z]+:\/\/([^:@/?]+)(?::[^@/]*)?@/.exec(url) ?? [];
  return user === undefined ? undefined : decodeURIComponent(user);
}
