import { StopRequest } from '../core/stop.js';

/**
 * Two-stage stop: the first SIGINT or SIGTERM asks the job to stop at its next safe point, the second ends the
 * process at once (safe too: that is what every order of writes is made for). SIGHUP, a terminal that went away,
 * counts as SIGTERM.
 */
export function stopOnSignals(say: (message: string) => void): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const on = (name: 'SIGINT' | 'SIGTERM'): void => {
    const request = new StopRequest(name);
    if (controller.signal.aborted) process.exit(request.exitCode);
    say(`${name}: stopping at the next safe point; once more to stop at once`);
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
