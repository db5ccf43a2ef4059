import type { RetryTools } from '../options.js';
import { TransientFailure } from '../transient.js';

/** One operation's patience: counts its attempts, and waits between them with full jitter. */
export class Backoff {
  readonly #tools: RetryTools;
  readonly #signal: AbortSignal | undefined;
  #failed = 0;
  #beganMs: number;

  constructor(tools: RetryTools, signal: AbortSignal | undefined) {
    this.#tools = tools;
    this.#signal = signal;
    this.#beganMs = tools.clock.monotonicMs();
  }

  /** Something was achieved: what fails from now on is counted again. */
  progressed(): void {
    this.#failed = 0;
    this.#beganMs = this.#tools.clock.monotonicMs();
  }

  /** Returns when it is time to try again. @throws the error itself when it is final or patience is at its end */
  async after(error: unknown): Promise<void> {
    this.#failed += 1;
    const { policy, clock, random } = this.#tools;
    this.#signal?.throwIfAborted();
    if (!(error instanceof TransientFailure) || this.#failed >= policy.attempts) throw error;
    const most = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (this.#failed - 1));
    const delayMs = error.mended ? 0 : random() * most;
    if (clock.monotonicMs() - this.#beganMs + delayMs > policy.totalMs) throw error;
    await clock.sleep(delayMs, this.#signal);
    this.#signal?.throwIfAborted();
  }
}

/** Does it, and again while it fails for the moment only. */
export async function withRetries<T>(
  tools: RetryTools,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  const backoff = new Backoff(tools, signal);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await backoff.after(error);
    }
  }
}
