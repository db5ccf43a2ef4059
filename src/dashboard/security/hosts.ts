import { isIP } from 'node:net';
import { Refusal } from './refusal.js';

/** A host from a request or the configuration, in lower case and without brackets. */
export interface HostName {
  name: string;
  /** Undefined if no port was given. */
  port: number | undefined;
}

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '::1']);

/** Parses `name`, `name:port`, `[v6]` or `[v6]:port`; undefined for anything else. */
export function parseHost(text: string): HostName | undefined {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253}))(?::([0-9]{1,5}))?$/i.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, port] = match;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  const name = (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
  const number = port === undefined ? undefined : Number(port);
  return number !== undefined && number > 65_535 ? undefined : { name, port: number };
}

/** Whether an address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.has(host) || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The hosts that the server accepts requests for. */
export interface HostRules {
  /** Where it listens: `127.0.0.1`, `0.0.0.0`, `salvor.example.org`… */
  listen: HostName & { port: number };
  /** From the configuration. An entry without a port allows every port. */
  allowed: readonly HostName[];
}

/**
 * Checks that the `Host` of a request is one of ours. This is the only defense against DNS rebinding, where another
 * site makes its own name resolve to our address. A numeric address cannot be rebound, so the local address of the
 * connection is accepted.
 * @throws Refusal
 */
export function requireOwnHost(
  header: string | undefined,
  rules: HostRules,
  localAddress: string | undefined,
): HostName {
  const host = header === undefined ? undefined : parseHost(header);
  if (host === undefined) throw new Refusal(400, 'dashboard.host', 'the request has no valid Host header');
  if (isOwn(host, rules, localAddress)) return host;
  throw new Refusal(421, 'dashboard.host', 'this server does not accept requests for that host name', {
    hint: 'if the name is yours, add it to dashboard.allowed_hosts',
  });
}

function isOwn(host: HostName, { listen, allowed }: HostRules, localAddress: string | undefined): boolean {
  if (allowed.some(({ name, port }) => name === host.name && (port === undefined || port === host.port)))
    return true;
  if ((host.port ?? 80) !== listen.port) return false;
  if (host.name === listen.name) return true;
  if (isLoopback(listen.name)) return LOOPBACK_NAMES.has(host.name);
  return isIP(host.name) !== 0 && host.name === localAddress?.replace(/^::ffff:/, '');
}

/**
 * Rejects requests from pages of other sites. Browsers send the origin of a request. Programs do not, but they have no
 * cookie that could be misused.
 * @throws Refusal
 */
export function requireOwnOrigin(
  request: {
    origin: string | undefined;
    fetchSite: string | undefined;
    fetchMode: string | undefined;
    changes: boolean;
    withCookie: boolean;
  },
  host: string,
): void {
  const { origin, fetchSite, fetchMode, changes, withCookie } = request;
  const foreign = new Refusal(403, 'dashboard.origin', 'the request comes from another site');
  if (origin !== undefined && !/^https?:\/\//.test(origin)) throw foreign;
  if (origin !== undefined && origin.replace(/^https?:\/\//, '').toLowerCase() !== host.toLowerCase())
    throw foreign;
  if (fetchSite === 'cross-site' || fetchSite === 'same-site') {
    // A plain link is allowed. Another page could not read what it loads from here, but could keep the server busy.
    if (changes || origin !== undefined || (fetchMode ?? 'navigate') !== 'navigate') throw foreign;
  }
  if (changes && withCookie && origin === undefined && fetchSite !== 'same-origin') throw foreign;
}
