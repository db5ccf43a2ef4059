import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isServed } from '../../registry/embedded/postmaster.js';
import { openEmbedded } from '../../registry/embedded/server.js';

/**
 * A separate process that uses the demo's PostgreSQL until its stdin ends: either the demo sends a message, or the demo was
 * killed. The keeper is then the last user, and the last user stops the server.
 */

/** The server may count the killed demo as a user until it notices that the connections are closed. */
const BURIAL_MS = 20_000;
const POLL_MS = 200;

const directory = process.argv[2] ?? '';
const server = await openEmbedded(directory);
const word = await text(process.stdin);
await server.close();
const deadline = Date.now() + (word === '' ? BURIAL_MS : 0);
// Any user that remains is a running command, which will stop the server itself.
while (Date.now() < deadline && (await isServed(directory))) {
  await sleep(POLL_MS);
  await (await openEmbedded(directory)).close();
}
