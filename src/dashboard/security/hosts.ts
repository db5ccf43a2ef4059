import { isIP } from 'node:net';
import { Refusal } from './refusal.js';

/** A host as a request or the configuration names it, in lower case and without brackets. */
export interface HostName {
  name: string;
  /** Undefined: none was written. */
  port: number | undefined;
}

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '::1']);

/** Reads `name`, `name:port`, `[v6]`, `[v6]:port`; undefined for anything else. */
export function parseHost(text: string): HostName | undefined {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253}))(?::([0-9]{1,5}))?$/i.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, port] = match;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  const name = (bracketed ?? plain ?? '').toLowerCase().replace(/\.$/, '');
  const number = port === undefined ? undefined : Number(port);
  return number !== undefined && number > 65_535 ? undefined : { name, port: number };
}

/** Whether an address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.has(host) || (isIP(host) === 4 && host.startsWith('127.'));
}

/** What the server answers to. */
export interface HostRules {
  /** Where it listens: `127.0.0.1`, `0.0.0.0`, `salvor.example.org`… */
  listen: HostName & { port: number };
  /** From the configuration; an entry without a port stands for every port. */
  allowed: readonly HostName[];
}

/**
 * Whether the `Host` of a request is one of ours. A page of another site that had its own name resolve to our
 * address (DNS rebinding) is told apart by nothing else. An address in numbers can't be rebound: the one that the
 * connection came in on is ours.
 * @throws Refusal
 */
export function requireOwnHost(
  header: string | undefined,
  rules: HostRules,
  localAddress: string | undefined,
): HostName {
  const host = header === undefined ? undefined : parseHost(header);
  if (host === undefined) throw new Refusal(400, 'dashboard.host', 'the request names no host');
  if (isOwn(host, rules, localAddress)) return host;
  throw new Refusal(421, 'dashboard.host', 'this server does not answer under that host name', {
    hint: 'add the name to dashboard.allowed_hosts, if it is yours',
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
 * A page of another site must not send anything here. Browsers say where a request comes from; programs do not, and
 * have no cookie that could be misused.
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
  const foreign = new Refusal(403, 'dashboard.origin', 'the request comes from a page of another site');
  if (origin !== undefined && !/^https?:\/\//.test(origin)) throw foreign;
  if (origin !== undefined && origin.replace(/^https?:\/\//, '').toLowerCase() !== host.toLowerCase())
    throw foreign;
  if (fetchSite === 'cross-site' || fetchSite === 'same-site') {
    // A link may lead here. What another page loads it could not read, but it could keep the server busy.
    if (changes || origin !== undefined || (fetchMode ?? 'navigate') !== 'navigate') throw foreign;
  }
  if (changes && withCookie && origin === undefined && fetchSite !== 'same-origin') throw foreign;
}
