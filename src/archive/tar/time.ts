import { timeText } from '../../core/iso-time.js';

/** Seconds in 400 years, the period of the Gregorian calendar. */
const CYCLE_SECONDS = 146_097 * 86_400;

/**
 * A time as GNU tar prints it in UTC: `2026-04-01 12:00`. Supports any number of seconds, even beyond the range of
 * JavaScript dates, where the year has more than four digits.
 */
export function utcMinute(seconds: number): string {
  const cycles = Math.floor(seconds / CYCLE_SECONDS);
  const near = timeText((seconds - cycles * CYCLE_SECONDS) * 1000);
  const year = Number(near.slice(0, 4)) + cycles * 400;
  const digits = String(Math.abs(year)).padStart(4, '0');
  return `${year < 0 ? '-' : ''}${digits}${near.slice(4, 10)} ${near.slice(11, 16)}`;
}
