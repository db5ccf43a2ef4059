import type { RetryTools } from '../options.js';
import { TransientFailure } from '../transient.js';

/** The retries of one operation: counts the attempts and waits between them with full jitter. */
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

  /** Resets the count after progress was made. */
  progressed(): void {
    this.#failed = 0;
    this.#beganMs = this.#tools.clock.monotonicMs();
  }

  /** Resolves when it is time to retry. @throws the error if it is final or there were too many attempts */
  async after(error: unknown): Promise<void> {
    this.#failed += 1;
    const { policy, clock, random } = this.#tools;
    this.#signal?.throwIfAborted();
    if (!(error instanceof TransientFailure) || this.#failed >= policy.attempts) throw error;
    const most = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (this.#failed - 1));
    const delayMs = error.retryAtOnce ? 0 : random() * most;
    if (clock.monotonicMs() - this.#beganMs + delayMs > policy.totalMs) throw error;
    await clock.sleep(delayMs, this.#signal);
    this.#signal?.throwIfAborted();
  }
}

/** Runs the operation, and retries it while its failures are transient. */
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
