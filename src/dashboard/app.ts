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

/** Failures that mean the subject of the decision has changed or is in use (409). All others are server errors. */
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
  app.all('/api/*', (c) => c.json(errorBody('dashboard.not_found', 'unknown API endpoint'), 404));
  pageRoutes(app, context);
  app.notFound((c) => c.json(errorBody('dashboard.not_found', 'no such page'), 404));
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
      return c.json(errorBody('dashboard.request', 'invalid value in the URL'), 400);
    // A bug. Its message may contain anything, so it goes only to the log.
    context.log(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
    return c.json(errorBody('internal.error', 'this is a bug in salvor; the log has the details'), 500);
  });
  return app;
}

/**
 * Whether the database could not parse a value as a time, a uuid or a number (SQLSTATE class 22). In a read query such
 * a value can only come from the request, for example from a forged cursor.
 */
function isUnreadable(error: Error): boolean {
  return 'code' in error && /^22[0-9A-Z]{3}$/.test(String(error.code));
}

function errorBody(code: string, message: string, hint?: string): ApiError {
  return { error: { code, message, hint: hint ?? null } };
}
