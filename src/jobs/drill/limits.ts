import type { Fit } from '../../core/read-budget.js';

/** Thrown when a drill reaches one of its limits. */
export class Bound extends Error {
  constructor(readonly by: 'bytes' | 'duration') {
    super(by);
  }
}

/** Thrown when the current content does not fit into the time limit. */
export class DoesNotFit extends Error {
  constructor(
    readonly fit: Exclude<Fit, 'fits'>,
    readonly sizeBytes: number,
  ) {
    super(fit);
  }
}
