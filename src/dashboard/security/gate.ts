import type { MiddlewareHandler, Context as Request } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Caller, Context, Env } from '../context.js';
import { SECURITY_HEADERS } from './headers.js';
import { isLoopback, requireOwnHost, requireOwnOrigin } from './hosts.js';
import { Refusal } from './refusal.js';
import { cookieName, hasCsrf } from './sessions.js';

/** Methods that only read. Every change is a POST. */
const READS = new Set(['GET', 'HEAD']);

/** Headers that proxies add and browsers do not. */
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];

/** Middleware in front of every route. Rejects requests for other hosts or from other sites before any lookup. */
export function gate(context: Context): MiddlewareHandler<Env> {
  return async (c, next) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
    c.header('cache-control', 'no-store');
    const socket = c.env.incoming.socket;
    requireOwnHost(c.req.header('host'), context.hosts, socket.localAddress);
    const changes = !READS.has(c.req.method);
    if (changes && c.req.method !== 'POST') throw methodRefused();
    requireOwnOrigin(
      {
        origin: c.req.header('origin'),
        fetchSite: c.req.header('sec-fetch-site'),
        fetchMode: c.req.header('sec-fetch-mode'),
        changes,
        withCookie: c.req.header('authorization') === undefined,
      },
      c.req.header('host') ?? '',
    );
    c.set('caller', callerOf(c, context));
    await next();
  };
}

function methodRefused(): Refusal {
  return new Refusal(405, 'dashboard.request', 'only GET, HEAD and POST are supported', {
    headers: { allow: 'GET, HEAD, POST' },
  });
}

/** An `Authorization` token takes precedence over a cookie. @throws Refusal */
function callerOf(c: Request<Env>, context: Context): Caller | undefined {
  const header = c.req.header('authorization');
  if (header !== undefined) {
    const token = /^Bearer ([\x21-\x7e]{1,1024})$/i.exec(header)?.[1];
    return { actor: actorOf(token ?? '', c, context) };
  }
  const session = context.sessions.find(getCookie(c, cookieName(context.hosts.listen.port)));
  return session && { actor: session.actor, session };
}

/** The actor that the token belongs to. @throws Refusal 401, 429 */
export function actorOf(token: string, c: Request<Env>, context: Context, redeem?: 'link'): string {
  const address = c.env.incoming.socket.remoteAddress ?? '';
  context.limit.check(address);
  const actor = redeem === 'link' ? context.tokens.redeem(token) : context.tokens.actorOf(token);
  if (actor !== undefined) return actor;
  context.limit.wrong(address);
  throw new Refusal(
    401,
    'dashboard.token',
    redeem === 'link' ? 'this link has already been used or has expired' : 'the token is wrong',
    { hint: '`salvor dashboard` prints the path of the token file when it starts' },
  );
}

/**
 * Whether reading requires signing in: always, except for direct requests on the loopback interface. A proxy forwards
 * requests from other machines. It is recognized by the host name or by the headers that proxies add.
 */
export function signInNeeded(c: Request<Env>, context: Context): boolean {
  if (!isLoopback(context.hosts.listen.name)) return true;
  const host = /^(\[[^\]]*\]|[^:]*)/.exec(c.req.header('host') ?? '')?.[1]?.replace(/^\[|\]$/g, '') ?? '';
  if (!isLoopback(host.toLowerCase())) return true;
  return PROXY_HEADERS.some((name) => c.req.header(name) !== undefined);
}

/** @throws Refusal 401 */
export function requireReader(c: Request<Env>, context: Context): void {
  if (c.get('caller') === undefined && signInNeeded(c, context)) throw signInFirst();
}

/** The actor of a change: signed in, and sent by one of our pages. @throws Refusal 401, 403 */
export function requireActor(c: Request<Env>): string {
  const caller = c.get('caller');
  if (caller === undefined) throw signInFirst();
  if (caller.session !== undefined && !hasCsrf(caller.session, c.req.header('x-csrf-token'))) {
    throw new Refusal(403, 'dashboard.csrf', 'the CSRF token is missing or wrong', {
      hint: 'reload the page',
    });
  }
  return caller.actor;
}

function signInFirst(): Refusal {
  return new Refusal(401, 'dashboard.token', 'sign in first', {
    hint: 'use the link that salvor dashboard printed, or the token in its token file',
  });
}
