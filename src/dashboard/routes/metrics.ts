import type { App, Context } from '../context.js';
import { requireReader } from '../security/gate.js';

/** `/metrics` for Prometheus: the metrics of the textfile, plus counts from the registry. */
export function metricRoutes(app: App, context: Context): void {
  app.get('/metrics', async (c) => {
    requireReader(c, context);
    c.header('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    return c.body(await context.reads.metrics());
  });
}
