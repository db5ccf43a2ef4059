import { usageFailure } from '../../../core/failure.js';

/** A daily time window in a time zone; the end is exclusive. If it ends before it begins, it crosses midnight. */
export interface Window {
  /** The text as configured. */
  text: string;
  startMinute: number;
  endMinute: number;
  /** An IANA time zone name. */
  timeZone: string;
}

const MINUTES_PER_DAY = 1440;
const MINUTE_MS = 60_000;

/** Reads `02:00-06:00`. @throws Failure `usage.window` */
export function parseWindow(text: string, timeZone: string): Window {
  const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text.trim());
  const [startHour = 99, startMinute = 99, endHour = 99, endMinute = 99] = (match ?? []).slice(1).map(Number);
  const start = startHour * 60 + startMinute;
  const end = endHour * 60 + endMinute;
  const valid =
    startHour < 24 && startMinute < 60 && endMinute < 60 && end <= MINUTES_PER_DAY && start !== end;
  if (!valid) {
    throw usageFailure(
      'usage.window',
      `not a time window: ${JSON.stringify(text)}`,
      'write two times of the day, such as 02:00-06:00',
    );
  }
  return { text, startMinute: start, endMinute: end % MINUTES_PER_DAY, timeZone: knownZone(timeZone) };
}

function knownZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw usageFailure(
      'usage.window',
      `not a time zone: ${JSON.stringify(timeZone)}`,
      'write an IANA name such as Europe/Berlin',
    );
  }
}

/** Whether the local time in the window's zone is within the window. */
export function isOpen(window: Window, at: Date): boolean {
  return contains(window, minuteOfDay(window, at));
}

/**
 * Milliseconds from `at` until the window next opens (0 if it is open) or closes (0 if it is closed). Local time is
 * followed minute by minute, so hours that a clock change skips or repeats are counted as they really pass.
 */
export function msUntilOpen(window: Window, at: Date): number {
  return msUntil(window, at, true);
}

export function msUntilClosed(window: Window, at: Date): number {
  return msUntil(window, at, false);
}

function msUntil(window: Window, at: Date, open: boolean): number {
  const clock = wallClock(window.timeZone);
  const nextMinute = MINUTE_MS - (at.getTime() % MINUTE_MS);
  if (contains(window, clock(at)) === open) return 0;
  // Two days: a clock change may skip a short window once.
  for (let i = 0; i < 2 * MINUTES_PER_DAY; i += 1) {
    const ms = nextMinute + i * MINUTE_MS;
    if (contains(window, clock(new Date(at.getTime() + ms))) === open) return ms;
  }
  return 2 * MINUTES_PER_DAY * MINUTE_MS;
}

function contains({ startMinute, endMinute }: Window, minute: number): boolean {
  if (startMinute < endMinute) return minute >= startMinute && minute < endMinute;
  return minute >= startMinute || minute < endMinute;
}

function minuteOfDay(window: Window, at: Date): number {
  return wallClock(window.timeZone)(at);
}

function wallClock(timeZone: string): (at: Date) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (at) => {
    const [hour = 0, minute = 0] = format.format(at).split(':').map(Number);
    return hour * 60 + minute;
  };
}
