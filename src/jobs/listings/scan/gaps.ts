import { compareUtf8, LAST_CHARACTER } from '../../../core/bytes.js';

/** Keys that should have been listed but were not: those after one key, up to and including another. */
export interface Gap {
  /** Undefined: from the first key. */
  readonly after: string | undefined;
  /** Undefined: to the last key. */
  readonly upTo: string | undefined;
}

/** Whether a key may be one of those that were not listed. */
export function gapsHold(gaps: readonly Gap[], key: string): boolean {
  return gaps.some(
    ({ after, upTo }) =>
      (after === undefined || compareUtf8(key, after) > 0) &&
      (upTo === undefined || compareUtf8(key, upTo) <= 0),
  );
}

/** Whether any key that begins with `prefix` may be one of those that were not listed. */
export function gapsTouch(gaps: readonly Gap[], prefix: string): boolean {
  return gaps.some(({ after, upTo }) => {
    const endsBefore = upTo !== undefined && compareUtf8(upTo, prefix) < 0;
    const startsBehind = after !== undefined && compareUtf8(after, `${prefix}${LAST_CHARACTER}`) >= 0;
    return !endsBefore && !startsBehind;
  });
}
