/**
 * How many cases a property test tries. `.ci/run` tries all (SALVOR_PROPERTY_SHARE=1); elsewhere it is a part of them,
 * so that a whole run stays short enough to be made often. Each run draws other cases.
 */
const SHARE = Number(process.env.SALVOR_PROPERTY_SHARE ?? 0.4);

export function caseCount(all: number): number {
  return Math.max(1, Math.round(all * SHARE));
}
