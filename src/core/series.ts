const DIGITS = /[0-9]+/g;

/**
 * The series that an archive belongs to: its key after the partition, each run of digits replaced by `#`. A pattern
 * overrides that: its group `series`, else its first group, else what it matches in the whole key; a key that it
 * does not match is named by its digits.
 */
export function seriesName(key: string, partitionPrefix: string, pattern?: RegExp): string {
  const match = pattern?.exec(key);
  if (match) return match.groups?.series ?? match[1] ?? match[0];
  return key.slice(partitionPrefix.length).replace(DIGITS, '#');
}
