import { setMaxListeners } from 'node:events';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { App, Context } from '../context.js';
import { type LiveMessage, LiveRuns } from '../live.js';
import { Refusal } from '../security/refusal.js';

/** A sign of life, so that proxies keep the connection and both sides notice a dead one. */
const BEAT_MS = 15_000;
/** Then the browser comes again, and is asked again who it is. */
const MAX_STREAM_MS = 15 * 60_000;
const RECONNECT_MS = 2000;

/** What is under way, as server-sent events. Every connection begins with the whole state, so none is ever missed. */
export function eventRoutes(app: App, context: Context): void {
  // Everybody who watches listens, and there may be more of them than the usual limit, which is there to find leaks.
  setMaxListeners(0, context.closing);
  const live = new LiveRuns(() => context.reads.runs.live());
  app.get('/api/events', (c) => {
    // Nobody would read what follows, nor hang up: a place among those who watch would be taken for nothing.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
    if (live.full) throw new Refusal(503, 'dashboard.request', 'too many people watch already');
    return streamSSE(c, (stream) => follow(stream, live, context.closing));
  });
}

async function follow(stream: SSEStreamingApi, live: LiveRuns, closing: AbortSignal): Promise<void> {
  // Only the newest counts: a slow reader gets what is so now, not what was.
  let newest: LiveMessage | undefined;
  let ended = closing.aborted;
  let wake: () => void = () => undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  const stop = live.watch((message) => {
    newest = message;
    wake();
  });
  const timer = setTimeout(end, MAX_STREAM_MS);
  stream.onAbort(end);
  closing.addEventListener('abort', end, { once: true });
  try {
    await stream.writeSSE({ event: 'hello', data: '{}', retry: RECONNECT_MS });
    while (!ended) {
      if (newest === undefined) await new Promise<void>((resolve) => armed(resolve));
      if (ended) break;
      if (newest === undefined) {
        await stream.writeSSE({ event: 'beat', data: '{}' });
        continue;
      }
      const data = JSON.stringify(newest);
      newest = undefined;
      await stream.writeSSE({ event: 'runs', data });
    }
  } finally {
    clearTimeout(timer);
    stop();
    closing.removeEventListener('abort', end);
  }

  /** Resolves with the next message, at the end, or when it is time for a sign of life. */
  function armed(resolve: () => void): void {
    const beat = setTimeout(resolve, BEAT_MS);
    wake = () => {
      clearTimeout(beat);
      resolve();
    };
  }
}
