import type { ExitCode, Failure } from '../../core/failure.js';
import { asFailure } from '../terminal/output.js';

/** What failed on the way, in order; a step that fails is noted here, and the steps after it are still taken. */
export class FailureList {
  readonly all: Failure[] = [];

  /** The step's result, or undefined when it failed. */
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

  /** Another run holds the lock: this one must leave no trace next to its message. */
  get lockIsHeld(): boolean {
    return this.exitCodes.includes(4);
  }
}
