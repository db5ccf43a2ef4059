import { signal } from '@preact/signals';
import type { LiveRun } from '../api.js';

/** What is under way, as the server tells it; undefined until it did. */
export const liveRuns = signal<LiveRun[] | undefined>(undefined);
/** `lost`: what is shown may be old; it is being tried again. */
export const liveState = signal<'connecting' | 'live' | 'lost'>('connecting');

/** After a refusal the browser gives up by itself; we do not. */
const AGAIN_MS = 5000;
let source: EventSource | undefined;

/** Opens the stream; it comes back by itself after every loss. Returns what ends it. */
export function followRuns(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = (): void => {
    source = new EventSource('/api/events');
    source.addEventListener('runs', (event) => {
      const message = JSON.parse((event as MessageEvent<string>).data) as { runs?: LiveRun[] };
      liveState.value = message.runs === undefined ? 'lost' : 'live';
      if (message.runs !== undefined) liveRuns.value = message.runs;
    });
    source.onerror = () => {
      liveState.value = 'lost';
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(timer);
      timer = setTimeout(open, AGAIN_MS);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
