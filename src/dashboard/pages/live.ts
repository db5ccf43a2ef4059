import { signal } from '@preact/signals';
import type { LiveRun } from '../api/runs.js';
import { renew } from './session.js';

/** What is under way, as the server tells it; undefined until it did. */
export const liveRuns = signal<LiveRun[] | undefined>(undefined);
/**
 * What is shown may be old: `lost`, as the dashboard does not answer, or `unread`, as it cannot read the registry. Both
 * are tried again.
 */
export const liveState = signal<'connecting' | 'live' | 'lost' | 'unread'>('connecting');

/** After a refusal the browser gives up by itself; we do not. */
const AGAIN_MS = 5000;
/** The server ends every stream now and then, and the browser is back after two seconds: nothing is lost by that. */
const LOST_MS = 4000;
/** Three signs of life that did not come: the network swallows them, as after a laptop slept. */
const MUTE_MS = 45_000;

/** Opens the stream; it comes back by itself after every loss. Returns what ends it. */
export function followRuns(): () => void {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let mute: ReturnType<typeof setTimeout> | undefined;
  let loss: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(mute);
    mute = setTimeout(() => {
      source?.close();
      cut();
      open();
    }, MUTE_MS);
  };
  const cut = (): void => {
    loss ??= setTimeout(() => {
      liveState.value = 'lost';
    }, LOST_MS);
  };
  /** After a cut the server may be another one, that knows nobody. */
  const back = (): void => {
    if (loss !== undefined) void renew();
    clearTimeout(loss);
    loss = undefined;
    liveState.value = 'live';
  };
  const open = (): void => {
    source = new EventSource('/api/events');
    heard();
    source.addEventListener('beat', heard);
    source.addEventListener('runs', (event) => {
      heard();
      const message = JSON.parse((event as MessageEvent<string>).data) as { runs?: LiveRun[] };
      if (message.runs === undefined) {
        liveState.value = 'unread';
        return;
      }
      back();
      liveRuns.value = message.runs;
    });
    source.onerror = () => {
      cut();
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(again);
      again = setTimeout(open, AGAIN_MS);
    };
  };
  open();
  return () => {
    for (const timer of [again, mute, loss]) clearTimeout(timer);
    source?.close();
  };
}
