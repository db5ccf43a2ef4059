/** The local day of a host may be this far ahead of UTC (Kiribati). */
const MAX_ZONE_AHEAD_MS = 14 * 3_600_000;

/**
 * How far an object's date may be ahead of the store's current time. An HTTP `Date` has whole seconds (RFC 9110,
 * 5.6.7), an object's time has milliseconds, and the clocks of a store's hosts differ by up to a second. Without this
 * tolerance, an object that was uploaded within the last second would be "in the future".
 */
const CLOCK_TOLERANCE_MS = 60_000;

/** The dates that determine the age of an archive. */
export interface ArchiveDates {
  /** When it was last modified, by the store's clock. */
  readonly lastModifiedMs: number;
  /** 00:00 UTC of the day in its key, if the key determines its date. */
  readonly keyDayMs?: number | undefined;
}

/**
 * Whether an archive is dated after `serverNowMs` by more than `graceMs` and a minute: a clock was wrong, or a name
 * has a typo. Such an archive never counts as the newest, or it would hide for years that no backup was made. Both the
 * verifier and the choice of the newest archives for recovery use this definition.
 */
export function isDatedInTheFuture(dates: ArchiveDates, serverNowMs: number, graceMs: number): boolean {
  const latestMs = serverNowMs + graceMs + CLOCK_TOLERANCE_MS;
  if (dates.lastModifiedMs > latestMs) return true;
  return dates.keyDayMs !== undefined && dates.keyDayMs > latestMs + MAX_ZONE_AHEAD_MS;
}
