import { Failure, type FailureOptions } from '../core/failure.js';

/** A failure that may be over in a moment: what the retrying decorator tries again, and shows when it gives up. */
export class TransientFailure extends Failure {
  /** It will work at once, because what was wrong is mended: do not wait. */
  readonly mended: boolean;

  constructor(code: string, message: string, options: FailureOptions & { mended?: boolean } = {}) {
    super(code, message, options);
    this.mended = options.mended ?? false;
  }
}
