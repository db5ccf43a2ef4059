/** A time as reports have it; beyond what a date can hold, the number: one odd file must not end a search. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

/** As GNU tar lists it in UTC: the same member of an archive without an index is the same content. */
export function listedTime(seconds: number): string {
  return isoTime(seconds * 1000)
    .replace(/:\d\d\.\d{3}Z$/, '')
    .replace('T', ' ');
}
