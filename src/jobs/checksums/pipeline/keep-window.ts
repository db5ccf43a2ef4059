import type { Clock } from '../../../core/clock.js';
import { Failure } from '../../../core/failure.js';
import type { ChecksumOptions, ChecksumPorts } from '../options.js';
import type { Stopper } from './stopper.js';
import { isOpen, msUntilClosed, msUntilOpen } from './window.js';

/** Longer waits are split into steps, so that a changed clock or a suspended host is noticed. */
const STEP_MS = 60_000;

/**
 * Resolves when the window is open, or immediately if there is none.
 * @throws Failure `window.closed` if it is closed and the options do not say to wait
 */
export async function enterWindow(
  options: ChecksumOptions,
  ports: Pick<ChecksumPorts, 'clock' | 'emit'>,
  stopper: Stopper,
): Promise<void> {
  const { window, wait } = options;
  if (window === undefined || isOpen(window, ports.clock.now())) return;
  if (!wait) {
    throw new Failure(
      'window.closed',
      `the current time is outside the window ${window.text} (${window.timeZone})`,
      {
        hint: 'run it within the window, or add --wait to wait for the window to open',
      },
    );
  }
  ports.emit({
    type: 'note',
    level: 'warning',
    message: `waiting for the window ${window.text} (${window.timeZone}) to open`,
  });
  for (let ms = msUntilOpen(window, ports.clock.now()); ms > 0 && !stopper.stopped; ) {
    await ports.clock.sleep(Math.min(ms, STEP_MS), stopper.signal);
    ms = msUntilOpen(window, ports.clock.now());
  }
}

/**
 * The time, waiting included, until the window or the time limit ends a run that starts now; undefined if neither does.
 */
export function msUntilEnd(
  { window, maxDurationMs }: Pick<ChecksumOptions, 'window'> & { maxDurationMs?: number | undefined },
  now: Date,
): number | undefined {
  const waitMs = window === undefined ? 0 : msUntilOpen(window, now);
  const openMs = window && msUntilClosed(window, new Date(now.getTime() + waitMs));
  if (openMs === undefined && maxDurationMs === undefined) return undefined;
  return waitMs + Math.min(openMs ?? Number.POSITIVE_INFINITY, maxDurationMs ?? Number.POSITIVE_INFINITY);
}

/** Stops the run when the window closes. Returns a function that ends the watch. */
export function stopAtClosing(options: ChecksumOptions, clock: Clock, stopper: Stopper): () => void {
  const { window } = options;
  if (window === undefined) return () => undefined;
  const ended = new AbortController();
  const watch = async (): Promise<void> => {
    while (!ended.signal.aborted && !stopper.stopped) {
      const ms = msUntilClosed(window, clock.now());
      if (ms === 0) stopper.stop('window');
      else await clock.sleep(Math.min(ms, STEP_MS), ended.signal);
    }
  };
  void watch();
  return () => ended.abort();
}
