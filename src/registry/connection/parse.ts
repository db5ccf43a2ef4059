import { type Failure, usageFailure } from '../../core/failure.js';
import { requireKeyword } from './keywords.js';

const URL_START = /^postgres(?:ql)?:\/\//;
const PAIR_START = /^\s*[A-Za-z_]+\s*=/;

/** Whether a text is a connection string of libpq: a url, or `key=value` pairs. */
export function isConnectionString(text: string): boolean {
  return URL_START.test(text) || PAIR_START.test(text);
}

/**
 * What a connection string says, before services and the environment are asked. Messages never repeat values, which may
 * be parts of a password.
 * @throws Failure `registry.bad_url`
 */
export function parseConnectionString(text: string): Map<string, string> {
  const settings = URL_START.test(text) ? parseUrl(text.replace(URL_START, '')) : parsePairs(text);
  for (const name of settings.keys()) requireKeyword(name, 'the url of the registry');
  return settings;
}

/** PostgreSQL's manual, section "Connection URIs". */
function parseUrl(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  const set = (name: string, value: string): void => {
    if (value !== '') settings.set(name, decoded(value));
  };
  const [, login, rest = ''] = /^(?:([^@/]*)@)?(.*)$/s.exec(text) ?? [];
  if (login !== undefined) {
    const colon = login.indexOf(':');
    set('user', colon < 0 ? login : login.slice(0, colon));
    if (colon >= 0) set('password', login.slice(colon + 1));
  }
  const [, hosts = '', path = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest) ?? [];
  const listed = hosts.split(',').map(hostAndPort);
  set(
    'host',
    listed
      .map(({ host }) => host)
      .join(',')
      .replace(/^,+$/, ''),
  );
  const ports = listed.map(({ port }) => port);
  if (ports.some((port) => port !== '')) settings.set('port', ports.map(decoded).join(','));
  set('dbname', path);
  for (const pair of query.split('&').filter((one) => one !== '')) {
    const [, name = '', value] = /^([^=]*)(?:=([^=]*))?$/.exec(pair) ?? [];
    if (value === undefined) throw badString('a parameter after the ? is not written name=value');
    // As JDBC writes it; libpq understands that too.
    if (name === 'ssl' && value === 'true') settings.set('sslmode', 'require');
    else settings.set(decoded(name), decoded(value));
  }
  return settings;
}

function hostAndPort(text: string): { host: string; port: string } {
  const [, v6, v6Port = ''] = /^\[([^\]]+)\](?::(.*))?$/.exec(text) ?? [];
  if (v6 !== undefined) return { host: v6, port: v6Port };
  const [host = '', port = '', more] = text.split(':');
  if (more !== undefined) throw badString('a host has more than one port; an IPv6 address is written in []');
  return { host, port };
}

function decoded(text: string): string {
  try {
    const value = decodeURIComponent(text);
    if (!value.includes('\0')) return value;
  } catch {
    // Refused below.
  }
  throw badString('a part of it is not %-encoded correctly');
}

/** PostgreSQL's manual, section "Keyword/Value Connection Strings". */
function parsePairs(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  const pair = /\s*([^\s=]+)\s*=\s*(?:'((?:\\.|[^'\\])*)'|((?:\\.|[^\s\\'])(?:\\.|[^\s\\])*)?)(?=\s|$)/sy;
  const end = text.trimEnd().length;
  while (pair.lastIndex < end) {
    const match = pair.exec(text);
    if (match === null) throw badString('what follows the first pairs is not written name=value');
    const [, name = '', quoted, plain = ''] = match;
    settings.set(name, (quoted ?? plain).replace(/\\(.)/gs, '$1'));
  }
  return settings;
}

/** A failure about the connection string as a whole. */
function badString(reason: string): Failure {
  return usageFailure(
    'registry.bad_url',
    `the url of the registry cannot be used: ${reason}`,
    "write postgres://user@host:5432/database with special characters %-encoded, or host=… dbname=… with values quoted in ''",
  );
}
