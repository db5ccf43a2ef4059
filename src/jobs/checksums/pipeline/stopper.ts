import { Failure } from '../../../core/failure.js';
import { StopRequest } from '../../../core/stop.js';
import type { StoppedBy } from '../report/summary.js';

/** The one place that knows whether a run is to stop, and why. The first reason is kept. */
export class Stopper {
  readonly #controller = new AbortController();
  readonly #onStop: () => void;
  #stoppedBy: StoppedBy = null;
  #error: unknown;
  #request: StopRequest | undefined;

  /** `onStop` is called once, at once: it ends the reads under way. */
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

  /** Nothing more may be counted: what is in hand will not be committed. */
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

  /** Stops when the signal is aborted: by a person's request, or by a failure. */
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

  /** A broken program is not a way to end. */
  rethrowBug(): void {
    if (this.#error !== undefined && !(this.#error instanceof Failure)) throw this.#error;
  }

  #end(): void {
    this.#controller.abort();
    this.#onStop();
  }
}
