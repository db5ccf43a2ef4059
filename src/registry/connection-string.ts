import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { usageFailure } from '../core/failure.js';

/** Which of several hosts will do: `target_session_attrs` of libpq. */
export type SessionAttrs = 'any' | 'read-write' | 'primary' | 'read-only' | 'standby' | 'prefer-standby';

const SESSION_ATTRS: readonly SessionAttrs[] = [
  'any',
  'read-write',
  'primary',
  'read-only',
  'standby',
  'prefer-standby',
];

/** What a url comes to: connection strings that the driver understands, to be tried in this order. */
export interface Candidates {
  strings: readonly string[];
  sessionAttrs: SessionAttrs;
}

const URL_PARTS = /^(postgres(?:ql)?:\/\/)(?:([^/?#@]*)@)?([^/?#]*)(\/[^?#]*)?(?:\?(.*))?$/;

/**
 * Reads a connection url as libpq does, where the driver does not: several hosts with `target_session_attrs`, `sslmode`
 * `prefer` and `allow`, and the password file. Source: PostgreSQL's manual, chapter "Connection Strings".
 * @throws Failure `registry.bad_url` for `service`, which is not supported
 */
export function candidatesOf(url: string, env: NodeJS.ProcessEnv = process.env): Candidates {
  const match = URL_PARTS.exec(url);
  if (match === null) return { strings: [url], sessionAttrs: 'any' };
  const [, scheme = '', login, hosts = '', path = '', query = ''] = match;
  const parameters = new URLSearchParams(query);
  refuseService(parameters);
  const sessionAttrs = attrsOf(parameters.get('target_session_attrs'));
  const passfile = parameters.get('passfile') ?? undefined;
  for (const name of ['target_session_attrs', 'passfile']) parameters.delete(name);
  const strings = hostsOf(hosts, parameters).flatMap((host) =>
    tlsOf(host, parameters).map((settings) => {
      const named = withPassword(login, { host, path, passfile, settings }, env);
      const text = settings.toString();
      return `${scheme}${named === undefined ? '' : `${named}@`}${host}${path}${text === '' ? '' : `?${text}`}`;
    }),
  );
  return { strings, sessionAttrs };
}

function refuseService(parameters: URLSearchParams): void {
  if (!parameters.has('service') && !parameters.has('servicefile')) return;
  throw usageFailure(
    'registry.bad_url',
    'the url of the registry names a service, and pg_service.conf is not read',
    'Write host, port, user and database of the service into the url; the password may stay in ~/.pgpass.',
  );
}

function attrsOf(text: string | null): SessionAttrs {
  const found = SESSION_ATTRS.find((one) => one === (text ?? 'any'));
  if (found !== undefined) return found;
  throw usageFailure(
    'registry.bad_url',
    `target_session_attrs=${text} in the url of the registry is unknown`,
    `Use one of ${SESSION_ATTRS.join(', ')}.`,
  );
}

/** `host=` in the query may hold a list too, with as many ports, or one for all. */
function hostsOf(hosts: string, parameters: URLSearchParams): string[] {
  const listed = parameters.get('host');
  if (hosts !== '' || listed === null || !listed.includes(',')) return hosts.split(',');
  const ports = (parameters.get('port') ?? '').split(',');
  for (const name of ['host', 'port']) parameters.delete(name);
  return listed.split(',').map((host, i) => {
    const port = ports[i] ?? ports[0] ?? '';
    return `${encodeURIComponent(host)}${port === '' ? '' : `:${port}`}`;
  });
}

/** `prefer` is TLS, or else none; `allow` the other way round. A Unix socket is never encrypted. */
function tlsOf(host: string, parameters: URLSearchParams): URLSearchParams[] {
  const mode = parameters.get('sslmode');
  if (mode !== 'prefer' && mode !== 'allow') return [new URLSearchParams(parameters)];
  const isSocket = /^(?:%2F|\/)/i.test(host) || parameters.get('host')?.startsWith('/') === true;
  const modes = isSocket ? ['disable'] : mode === 'prefer' ? ['require', 'disable'] : ['disable', 'require'];
  return modes.map((one) => {
    const settings = new URLSearchParams(parameters);
    settings.set('sslmode', one);
    return settings;
  });
}

interface Login {
  host: string;
  path: string;
  passfile: string | undefined;
  settings: URLSearchParams;
}

/** The login with the password that the password file has for it; as it is where it has one, or there is none. */
function withPassword(login: string | undefined, target: Login, env: NodeJS.ProcessEnv): string | undefined {
  if (login?.includes(':') || env.PGPASSWORD || target.settings.has('password')) return login;
  const [name = '', port = '5432'] = target.host.split(/:(?=\d+$)/);
  const host = decode(target.settings.get('host') ?? name) || env.PGHOST || 'localhost';
  const user = decode(login ?? '') || target.settings.get('user') || env.PGUSER || env.USER || '';
  const wanted = [
    host.startsWith('/') ? 'localhost' : host,
    target.settings.get('port') ?? (target.host === '' ? (env.PGPORT ?? port) : port),
    decode(target.path.slice(1)) || env.PGDATABASE || user,
    user,
  ];
  const password = passwordFor(
    wanted,
    target.passfile ?? env.PGPASSFILE ?? join(env.HOME ?? homedir(), '.pgpass'),
  );
  return password === undefined ? login : `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Lines of `host:port:database:user:password`, `*` for any, `\` before a colon or itself; the first that fits. */
function passwordFor(wanted: readonly string[], file: string): string | undefined {
  for (const line of linesOf(file)) {
    if (line.startsWith('#')) continue;
    const fields = [...line.matchAll(/(?:^|:)((?:\\.|[^:\\])*)/g)].map(([, field = '']) =>
      field.replace(/\\(.)/g, '$1'),
    );
    const [password] = fields.slice(4);
    if (password !== undefined && wanted.every((value, i) => fields[i] === '*' || fields[i] === value)) {
      return password;
    }
  }
  return undefined;
}

/** A file that others may read is not used: libpq ignores it too. */
function linesOf(file: string): string[] {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || (stat.mode & 0o077) !== 0) return [];
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
}
