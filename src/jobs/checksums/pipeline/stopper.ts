import { Failure } from '../../../core/failure.js';
import { StopRequest } from '../../../core/stop.js';
import type { StoppedBy } from '../report/summary.js';

/** Knows whether a run has to stop, and why. The first reason wins. */
export class Stopper {
  readonly #controller = new AbortController();
  readonly #onStop: () => void;
  #stoppedBy: StoppedBy = null;
  #error: unknown;
  #request: StopRequest | undefined;

  /** `onStop` is called once, immediately, and ends the current reads. */
  constructor(onStop: () => void) {
    this.#onStop = onStop;
  }

  get stopped(): boolean {
    return this.#controller.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stoppedBy(): StoppedBy {
    return this.#stoppedBy;
  }

  /** Set when the run was stopped by a signal. */
  get request(): StopRequest | undefined {
    return this.#request;
  }

  get failure(): Failure | undefined {
    return this.#error instanceof Failure ? this.#error : undefined;
  }

  /** Whether nothing more may be counted because rows in flight will not be committed. */
  get failed(): boolean {
    return this.#error !== undefined;
  }

  stop(reason: 'window' | 'limit'): void {
    if (this.stopped) return;
    this.#stoppedBy = reason;
    this.#end();
  }

  fail(error: unknown): void {
    if (this.stopped) return;
    this.#error = error;
    this.#end();
  }

  /** Stops when the signal is aborted, by a stop request or by a failure. */
  follow(signal: AbortSignal): () => void {
    const onAbort = (): void => {
      if (this.stopped) return;
      if (signal.reason instanceof StopRequest) {
        this.#request = signal.reason;
        this.#stoppedBy = 'signal';
        this.#end();
      } else {
        this.fail(signal.reason);
      }
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  }

  /** A bug is rethrown; it is not a result. */
  rethrowBug(): void {
    if (this.#error !== undefined && !(this.#error instanceof Failure)) throw this.#error;
  }

  #end(): void {
    this.#controller.abort();
    this.#onStop();
  }
}
