import { Failure, type FailureOptions } from '../core/failure.js';

/** A failure that may be temporary: the retrying decorator retries it, and throws it after the last attempt. */
export class TransientFailure extends Failure {
  /** Retry without waiting, because the cause was corrected. */
  readonly retryAtOnce: boolean;

  constructor(code: string, message: string, options: FailureOptions & { retryAtOnce?: boolean } = {}) {
    super(code, message, options);
    this.retryAtOnce = options.retryAtOnce ?? false;
  }
}
