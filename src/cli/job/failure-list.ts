import type { ExitCode, Failure } from '../../core/failure.js';
import { asFailure } from '../terminal/output.js';

/** Collects failures in order. A failing step is recorded here, and the following steps still run. */
export class FailureList {
  readonly all: Failure[] = [];

  /** Returns the step's result, or undefined if it failed. */
  async attempt<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (thrown) {
      this.all.push(asFailure(thrown));
      return undefined;
    }
  }

  get exitCodes(): ExitCode[] {
    return this.all.map((failure) => failure.exitCode);
  }

  /** Whether another run holds the lock; then this run must record nothing. */
  get lockIsHeld(): boolean {
    return this.exitCodes.includes(4);
  }
}
