/** The local day of a host may be this far ahead of UTC (Kiribati). */
const MAX_ZONE_AHEAD_MS = 14 * 3_600_000;

/**
 * How far the clock that dates an object may be ahead of the one that says what time it is. An HTTP `Date` has whole
 * seconds (RFC 9110, 5.6.7), an object's time has milliseconds, and the hosts of one store are not in step to the
 * second: without this, what was uploaded within the last second is "in the future".
 */
const CLOCK_TOLERANCE_MS = 60_000;

/** The dates that say how old an archive is. */
export interface ArchiveDates {
  /** When it was last modified, by the store's clock. */
  readonly lastModifiedMs: number;
  /** 00:00 UTC of the day in its key, where that is what dates it. */
  readonly keyDayMs?: number | undefined;
}

/**
 * Whether an archive is dated after `serverNowMs` by more than `graceMs` and a minute: a clock was wrong, or a name
 * has a typo. Such an archive is never the newest of anything, or it would hide for years that no backup was made. The
 * only definition: the verifier and the choice of the newest archives for recovery both ask here.
 */
export function isDatedInTheFuture(dates: ArchiveDates, serverNowMs: number, graceMs: number): boolean {
  const latestMs = serverNowMs + graceMs + CLOCK_TOLERANCE_MS;
  if (dates.lastModifiedMs > latestMs) return true;
  return dates.keyDayMs !== undefined && dates.keyDayMs > latestMs + MAX_ZONE_AHEAD_MS;
}
