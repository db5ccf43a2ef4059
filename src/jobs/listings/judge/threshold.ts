import type { VerifyTarget } from '../options.js';

export interface ThresholdDecision {
  /** The violations that count against the threshold. */
  readonly counted: number;
  readonly exceeded: boolean;
}

/** Whether a target has more violations than allowed, counting all of them or only those outside the baseline. */
export function decideThreshold(
  found: { violations: number; beyondBaseline: number },
  target: Pick<VerifyTarget, 'failOn' | 'maxMissing'>,
): ThresholdDecision {
  const counted = target.failOn === 'all' ? found.violations : found.beyondBaseline;
  return { counted, exceeded: counted > target.maxMissing };
}
