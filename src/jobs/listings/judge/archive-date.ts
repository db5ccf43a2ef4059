const DAY_MS = 86_400_000;

export interface ArchiveDate {
  /** The date that `since` is compared with: 00:00 UTC of the day in the key, or else the last modification. */
  readonly dateMs: number;
  /**
   * When the archive was created, for freshness. A day in the key has no hour, so this is the last modification if that
   * is within or before the day, or else (for a copy that was made later) the end of the day.
   */
  readonly madeMs: number;
  readonly byKey: boolean;
  /** 00:00 UTC of the day in the key. */
  readonly keyDayMs?: number;
}

/** An archive's date. If the pattern finds no valid day in the key, the last modification counts. */
export function archiveDate(key: string, lastModifiedMs: number, pattern: RegExp | undefined): ArchiveDate {
  const dayMs = pattern === undefined ? undefined : dayInKey(key, pattern);
  if (dayMs === undefined) return { dateMs: lastModifiedMs, madeMs: lastModifiedMs, byKey: false };
  return {
    dateMs: dayMs,
    madeMs: Math.min(lastModifiedMs, dayMs + DAY_MS - 1),
    byKey: true,
    keyDayMs: dayMs,
  };
}

function dayInKey(key: string, pattern: RegExp): number | undefined {
  const groups = pattern.exec(key)?.groups;
  if (groups === undefined) return undefined;
  const written = Number(groups.y);
  const year = groups.y?.length === 2 ? 2000 + written : written;
  const month = Number(groups.m);
  const day = Number(groups.d);
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.getTime() : undefined;
}
