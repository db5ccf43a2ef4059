/**
 * What programs print around each name of a list: indentation, the space that Python's tarfile adds after it, the `a `
 * and `x ` of bsdtar -cv and -xv, the `block N: ` of tar -R.
 */
const DRESSES = {
  block: { pattern: /^block \d+: (.+)$/s, least: 1 },
  mark: { pattern: /^[ax] (.+)$/s, least: 2 },
  indent: { pattern: /^[ \t]+(.+)$/s, least: 2 },
  trail: { pattern: /^(.+) $/s, least: 3 },
} as const;

export type Dress = keyof typeof DRESSES;

/** What all of these lines have around their names; undefined if they differ or are too few to tell. */
export function dressOf(lines: readonly string[]): Dress | undefined {
  const all = Object.entries(DRESSES) as [Dress, (typeof DRESSES)[Dress]][];
  return all.find(
    ([, { pattern, least }]) => lines.length >= least && lines.every((line) => pattern.test(line)),
  )?.[0];
}

export function undress(line: string, dress: Dress): string {
  return DRESSES[dress].pattern.exec(line)?.[1] ?? line;
}
