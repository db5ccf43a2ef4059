/**
 * A time as RFC 3339 has it, or null where there is none or it is outside of what JavaScript can date: file systems
 * and archives hold 64-bit times, and one odd date must not end a run.
 */
export function isoTime(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
