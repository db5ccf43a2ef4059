import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isServed } from '../../registry/embedded/postmaster.js';
import { openEmbedded } from '../../registry/embedded/server.js';

/**
 * A process of its own next to the demo: one more user of the demo's PostgreSQL, until its stdin ends. That is when the
 * demo ends it, with a word, or is gone without one; then the keeper is the last user, and the last one stops the
 * server.
 */

/** The server may take the killed demo for a user until it has read the end of its connections. */
const BURIAL_MS = 20_000;
const POLL_MS = 200;

const directory = process.argv[2] ?? '';
const server = await openEmbedded(directory);
const word = await text(process.stdin);
await server.close();
const deadline = Date.now() + (word === '' ? BURIAL_MS : 0);
// Who still uses it after that is a command of somebody's, and will be the last itself.
while (Date.now() < deadline && (await isServed(directory))) {
  await sleep(POLL_MS);
  await (await openEmbedded(directory)).close();
}
