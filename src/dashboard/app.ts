import { Hono } from 'hono';
import { Failure } from '../core/failure.js';
import type { ApiError } from './api/session.js';
import type { App, Context, Env } from './context.js';
import { actionRoutes } from './routes/actions.js';
import { eventRoutes } from './routes/events.js';
import { metricRoutes } from './routes/metrics.js';
import { pageRoutes } from './routes/pages.js';
import { readRoutes } from './routes/reads.js';
import { sessionRoutes } from './routes/session.js';
import { gate } from './security/gate.js';
import { Refusal } from './security/refusal.js';

/** A failure that means: what you decided about has changed, or is in use. Others mean that something is broken. */
const CONFLICTS = /^(drift|row|candidate|decision|journal|review|bind|undo)\./;

/** All routes behind the gate. */
export function dashboardApp(context: Context): App {
  const app: App = new Hono<Env>();
  app.use('*', gate(context));
  sessionRoutes(app, context);
  readRoutes(app, context);
  actionRoutes(app, context);
  eventRoutes(app, context);
  metricRoutes(app, context);
  app.all('/api/*', (c) => c.json(errorBody('dashboard.not_found', 'there is no such question'), 404));
  pageRoutes(app, context);
  app.notFound((c) => c.json(errorBody('dashboard.not_found', 'there is nothing under this address'), 404));
  app.onError((error, c) => {
    if (error instanceof Refusal) {
      for (const [name, value] of Object.entries(error.options.headers ?? {})) c.header(name, value);
      return c.json(errorBody(error.code, error.message, error.options.hint), error.status);
    }
    if (error instanceof Failure) {
      const conflict = CONFLICTS.test(error.code) || error.exitCode === 1 || error.exitCode === 4;
      if (!conflict) context.log(`${c.req.method} ${c.req.path}: ${error.code}: ${error.message}`);
      return c.json(errorBody(error.code, error.message, error.hint), conflict ? 409 : 503);
    }
    if (c.req.method !== 'POST' && isUnreadable(error))
      return c.json(errorBody('dashboard.request', 'a value in the address is not what it should be'), 400);
    // A bug: its message may hold anything, so only the log gets it.
    context.log(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
    return c.json(errorBody('internal.error', 'this is a bug in salvor; its log has the details'), 500);
  });
  return app;
}

/**
 * Whether the database could not read a value as a time, a uuid or a number (SQLSTATE class 22). Questions compare
 * what is in the tables with what was asked, and only the latter can be anything, a cursor that somebody made up.
 */
function isUnreadable(error: Error): boolean {
  return 'code' in error && /^22[0-9A-Z]{3}$/.test(String(error.code));
}

function errorBody(code: string, message: string, hint?: string): ApiError {
  return { error: { code, message, hint: hint ?? null } };
}
