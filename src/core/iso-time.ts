/**
 * A time as RFC 3339 has it, or null where there is none or it is outside of what JavaScript can date: file systems
 * and archives hold 64-bit times, and one odd date must not end a run.
 */
export function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/**
 * A time for a person or a program to read; never throws. What JavaScript cannot date is given in seconds since 1970,
 * so that it is shown as what it is.
 */
export function timeText(time: Date | number): string {
  const ms = typeof time === 'number' ? time : time.getTime();
  return isoTime(ms) ?? (Number.isNaN(ms) ? 'invalid date' : `${Math.round(ms / 1000)} s since 1970`);
}

/** The same where there may be none. */
export function isoOrUndefined(time: Date | null | undefined): string | undefined {
  return time === null || time === undefined ? undefined : timeText(time);
}
