import type { MiddlewareHandler, Context as Request } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Caller, Context, Env } from '../context.js';
import { SECURITY_HEADERS } from './headers.js';
import { isLoopback, requireOwnHost, requireOwnOrigin } from './hosts.js';
import { Refusal } from './refusal.js';
import { cookieName, hasCsrf } from './sessions.js';

/** Reading is for these; every change is a POST. */
const READS = new Set(['GET', 'HEAD']);

/** One of these is added by every proxy that says that it is one; none by a browser on this machine. */
const PROXY_HEADERS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];

/** Stands before every route: nothing is looked up, and nothing answered, for a request that is not to be here. */
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
  return new Refusal(405, 'dashboard.request', 'only GET, HEAD and POST are answered', {
    headers: { allow: 'GET, HEAD, POST' },
  });
}

/** A token in `Authorization` counts before a cookie: who sends one means it. @throws Refusal */
function callerOf(c: Request<Env>, context: Context): Caller | undefined {
  const header = c.req.header('authorization');
  if (header !== undefined) {
    const token = /^Bearer ([\x21-\x7e]{1,1024})$/i.exec(header)?.[1];
    return { actor: actorOf(token ?? '', c, context) };
  }
  const session = context.sessions.find(getCookie(c, cookieName(context.hosts.listen.port)));
  return session && { actor: session.actor, session };
}

/** The actor of a token that was sent. @throws Refusal 401, 429 */
export function actorOf(token: string, c: Request<Env>, context: Context, redeem?: 'link'): string {
  const address = c.env.incoming.socket.remoteAddress ?? '';
  context.limit.check(address);
  const actor = redeem === 'link' ? context.tokens.redeem(token) : context.tokens.actorOf(token);
  if (actor !== undefined) return actor;
  context.limit.wrong(address);
  throw new Refusal(
    401,
    'dashboard.token',
    redeem === 'link' ? 'this link was used already, or is too old' : 'the token is wrong',
    { hint: 'the token is in the file that salvor dashboard names when it starts' },
  );
}

/**
 * Whether one must be signed in to see anything: everywhere but on the loopback interface itself. A proxy in front of
 * it brings people from elsewhere: it is known by the host name that they used, or by what it adds.
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

/** Who changes something: signed in, and by a page of ours. @throws Refusal 401, 403 */
export function requireActor(c: Request<Env>): string {
  const caller = c.get('caller');
  if (caller === undefined) throw signInFirst();
  if (caller.session !== undefined && !hasCsrf(caller.session, c.req.header('x-csrf-token'))) {
    throw new Refusal(403, 'dashboard.csrf', 'the change lacks the token of its session', {
      hint: 'reload the page',
    });
  }
  return caller.actor;
}

function signInFirst(): Refusal {
  return new Refusal(401, 'dashboard.token', 'sign in first', {
    hint: 'use the link that salvor dashboard printed, or the token in the file that it named',
  });
}
