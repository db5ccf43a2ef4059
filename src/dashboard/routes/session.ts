import { getCookie } from 'hono/cookie';
import type { SessionInfo } from '../api/session.js';
import type { App, Caller, Context } from '../context.js';
import { actorOf, requireActor, signInNeeded } from '../security/gate.js';
import { badRequest } from '../security/refusal.js';
import { cookieHeader, cookieName } from '../security/sessions.js';
import { limitedBody, objectBody, textField } from './body.js';

const MAX_TOKEN_CHARS = 1024;

/** Routes to sign in, sign out, and see who is signed in. */
export function sessionRoutes(app: App, context: Context): void {
  const { port } = context.hosts.listen;
  const describe = (caller: Caller | undefined, needed: boolean): SessionInfo => ({
    version: context.version,
    actor: caller?.actor ?? null,
    csrf: caller?.session?.csrf ?? null,
    sign_in_needed: needed,
    read_only: context.actions === undefined,
    can: {
      drift: context.actions?.decideDrift !== undefined,
      review: context.actions?.review !== undefined,
      undo: context.actions?.undo !== undefined,
    },
    // Without signing in, nobody learns where the registry is.
    registry: caller === undefined && needed ? '' : context.location,
    host: caller === undefined && needed ? '' : context.hostname,
  });

  app.get('/api/session', (c) => c.json(describe(c.get('caller'), signInNeeded(c, context))));

  app.post('/api/session', limitedBody, async (c) => {
    const body = await objectBody(c);
    if (body.link === undefined && body.token === undefined) throw badRequest('token is missing');
    const actor =
      body.link === undefined
        ? actorOf(textField(body, 'token', MAX_TOKEN_CHARS), c, context)
        : actorOf(textField(body, 'link', MAX_TOKEN_CHARS), c, context, 'link');
    context.sessions.end(getCookie(c, cookieName(port)));
    const { cookie, session } = context.sessions.begin(actor);
    const secure = c.req.header('origin')?.startsWith('https:') ?? false;
    c.header('set-cookie', cookieHeader(port, cookie, { secure }));
    return c.json(describe({ actor, session }, signInNeeded(c, context)));
  });

  app.post('/api/session/end', (c) => {
    requireActor(c);
    context.sessions.end(getCookie(c, cookieName(port)));
    c.header('set-cookie', cookieHeader(port, '', { secure: false }));
    return c.json(describe(undefined, signInNeeded(c, context)));
  });
}
