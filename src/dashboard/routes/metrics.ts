import type { App, Context } from '../context.js';
import { requireReader } from '../security/gate.js';

/** `/metrics` for Prometheus: the families of the textfile, and what only a look at the registry tells. */
export function metricRoutes(app: App, context: Context): void {
  app.get('/metrics', async (c) => {
    requireReader(c, context);
    c.header('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    return c.body(await context.reads.metrics());
  });
}
