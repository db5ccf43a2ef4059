import type { ExitCode } from '../core/failure.js';
import { StopRequest } from '../core/stop.js';

/**
 * Two-stage stop: the first SIGINT or SIGTERM asks the job to stop at its next safe point, the second ends the process
 * immediately (which is safe too, because all writes are ordered so that a kill loses nothing). SIGHUP, sent when the
 * terminal closes, counts as SIGTERM.
 */
export function stopOnSignals(say: (message: string) => void): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const on = (name: 'SIGINT' | 'SIGTERM'): void => {
    const request = new StopRequest(name);
    if (controller.signal.aborted) process.exit(request.exitCode);
    say(`${name}: stopping at the next safe point; press again to stop immediately`);
    controller.abort(request);
  };
  const onInterrupt = (): void => on('SIGINT');
  const onTerminate = (): void => on('SIGTERM');
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate).on('SIGHUP', onTerminate);
  return {
    signal: controller.signal,
    release: () => process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate).off('SIGHUP', onTerminate),
  };
}

/** Runs work that a signal can stop. After a signal the result is that signal's exit code, whatever the work throws. */
export async function stoppable(
  say: (message: string) => void,
  work: (signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const stop = stopOnSignals(say);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (stop.signal.reason instanceof StopRequest) return stop.signal.reason.exitCode;
    throw error;
  } finally {
    stop.release();
  }
}
