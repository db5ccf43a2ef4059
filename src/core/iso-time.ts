/**
 * A time in RFC 3339, or null if there is none or it is outside the range of JavaScript's Date: file systems and archives
 * have 64-bit times, and an odd date must not end a run.
 */
export function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/**
 * A time for output; never throws. Times outside the range of JavaScript's Date are given in seconds since 1970.
 */
export function timeText(time: Date | number): string {
  const ms = typeof time === 'number' ? time : time.getTime();
  return isoTime(ms) ?? (Number.isNaN(ms) ? 'invalid date' : `${Math.round(ms / 1000)} s since 1970`);
}

/** Like `isoTime`, for an optional time. */
export function isoOrUndefined(time: Date | null | undefined): string | undefined {
  return time === null || time === undefined ? undefined : timeText(time);
}
