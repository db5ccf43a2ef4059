import { signal } from '@preact/signals';
import type { LiveRun } from '../api/runs.js';
import { renew } from './session.js';

/** The running runs that the server last sent; undefined before the first message. */
export const liveRuns = signal<LiveRun[] | undefined>(undefined);
/**
 * Whether the runs are current. `lost`: the dashboard is not responding. `unread`: it cannot read the registry. Both
 * are retried.
 */
export const liveState = signal<'connecting' | 'live' | 'lost' | 'unread'>('connecting');

/** The browser does not reconnect after an error response, so we do. */
const AGAIN_MS = 5000;
/** The server ends every stream now and then, and the browser reconnects after two seconds. That is not a loss. */
const LOST_MS = 4000;
/** Three missed keep-alives: the connection is dead, for example after the laptop slept. */
const MUTE_MS = 45_000;

/** Opens the stream and reopens it after every loss. Returns a function that closes it. */
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
  /** After a lost connection the server may have restarted, and with it the session may be gone. */
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
