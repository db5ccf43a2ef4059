import { openEmbedded } from '../../registry/embedded/server.js';

/**
 * A process of its own beside the demo: one more user of the demo's PostgreSQL, until its stdin ends. That is when the
 * demo ends it, or is gone without a chance to end anything; then the keeper is the last user, and the last one stops
 * the server.
 */
const server = await openEmbedded(process.argv[2] ?? '');
for await (const _ of process.stdin);
await server.close();
