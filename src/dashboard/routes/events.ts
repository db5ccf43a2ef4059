import { setMaxListeners } from 'node:events';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { App, Context } from '../context.js';
import { type LiveMessage, LiveRuns } from '../live.js';
import { Refusal } from '../security/refusal.js';

/** A keep-alive, so that proxies keep the connection open and both sides notice when it is dead. */
const BEAT_MS = 15_000;
/** After this time the browser reconnects, and the session is checked again. */
const MAX_STREAM_MS = 15 * 60_000;
const RECONNECT_MS = 2000;

/** Running runs as server-sent events. Every connection starts with the complete state, so no change is missed. */
export function eventRoutes(app: App, context: Context): void {
  // Every stream adds a listener. There may be more than the default limit, which exists to find leaks.
  setMaxListeners(0, context.closing);
  const live = new LiveRuns(() => context.reads.runs.live());
  app.get('/api/events', (c) => {
    // A HEAD request never reads the stream, so it must not take one of the watcher slots.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
    if (live.full) throw new Refusal(503, 'dashboard.request', 'too many live connections; try again later');
    return streamSSE(c, (stream) => follow(stream, live, context.closing));
  });
}

async function follow(stream: SSEStreamingApi, live: LiveRuns, closing: AbortSignal): Promise<void> {
  // Only the newest message counts: a slow reader skips the outdated ones.
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

  /** Resolves on the next message, at the end of the stream, or when a keep-alive is due. */
  function armed(resolve: () => void): void {
    const beat = setTimeout(resolve, BEAT_MS);
    wake = () => {
      clearTimeout(beat);
      resolve();
    };
  }
}
