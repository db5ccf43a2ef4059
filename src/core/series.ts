const DIGITS = /[0-9]+/g;

/**
 * The series of an archive: its key after the partition, with each run of digits replaced by `#`. If a pattern is given,
 * the series is its group `series`, else its first group, else its match in the whole key; keys that it does not match
 * use the default.
 */
export function seriesName(key: string, partitionPrefix: string, pattern?: RegExp): string {
  const match = pattern?.exec(key);
  if (match) return match.groups?.series ?? match[1] ?? match[0];
  return key.slice(partitionPrefix.length).replace(DIGITS, '#');
}
