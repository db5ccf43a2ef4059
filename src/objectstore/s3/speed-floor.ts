import type { IncomingMessage } from 'node:http';
import { Failure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';

/** Below this speed a transfer would take days, so it counts as stalled. */
const MIN_BYTES_PER_SECOND = 1024;

/**
 * Passes on the body of a response while it arrives at a useful speed. Only time spent waiting for the server counts,
 * so a slow reader on this side is not blamed on the server.
 * @throws Failure `store.too_slow`; not retried, because the same server would be as slow again
 */
export async function* atUsefulSpeed(
  response: IncomingMessage,
  windowMs: number,
  subject: string,
): AsyncIterable<Buffer> {
  const minBytes = (windowMs / 1000) * MIN_BYTES_PER_SECOND;
  let [waitedMs, bytes, sinceMs] = [0, 0, performance.now()];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    waitedMs += performance.now() - sinceMs;
    bytes += chunk.length;
    if (waitedMs >= windowMs) {
      if (bytes < minBytes) throw tooSlow(subject, bytes, waitedMs);
      [waitedMs, bytes] = [0, 0];
    }
    yield chunk;
    sinceMs = performance.now();
  }
}

function tooSlow(subject: string, bytes: number, waitedMs: number): Failure {
  const seconds = Math.round(waitedMs / 1000);
  return new Failure('store.too_slow', `${subject}: only ${counted(bytes, 'byte')} arrived in ${seconds} s`, {
    hint: 'check the network and the load of the store, then run it again',
  });
}
