import { compareUtf8 } from '../../../core/bytes.js';
import { KeyLine } from './key-line.js';

/** An estimate about the rest of a range, from the keys seen so far. */
export interface Outlook {
  /** The number of pages to the end of the range if the keys stay as dense as so far. An upper bound. */
  pagesLeft: number;
  /** A key that is this many pages ahead, within the range; undefined if there is none. */
  pointAhead(pages: number): string | undefined;
}

/** How many previous pages are used to estimate the density of keys. */
export const REMEMBERED_PAGES = 5;

/** How many positions after the first difference between a page's keys are still significant. */
const DETAIL = 4;

/**
 * @param last the last key seen
 * @param end the end of the range; if undefined, only the prefix (of length `prefixLength`) limits it
 * @param pageStarts the first keys of the last pages seen, oldest first
 */
export function outlook(
  last: string,
  end: string | undefined,
  pageStarts: readonly string[],
  prefixLength: number,
): Outlook | undefined {
  const from = end === undefined ? prefixLength : commonLength(last, end);
  const first = pageStarts.at(-1);
  if (first === undefined || !first.startsWith(last.slice(0, from))) return undefined;
  // The page has only the directory's own key: nothing of its content was seen yet.
  if (last.length === from) return undefined;
  const line = new KeyLine(last, from, commonLength(first, last) + DETAIL, end);
  const here = line.numberOf(last);
  const span = usualSpan(line, pageStarts, here);
  if (span <= 0n) return undefined;
  const there = end === undefined ? line.end : line.numberOf(end);
  return {
    pagesLeft: Number(((there - here) * 100n) / span) / 100,
    pointAhead: (pages) => {
      const value = here + (span * BigInt(Math.round(pages * 100))) / 100n;
      if (value >= line.end) return undefined;
      // Cutting through a surrogate pair would give invalid text.
      const key = line.keyOf(value).replace(/[\ud800-\udbff]$/, '');
      const inside = compareUtf8(key, last) > 0 && (end === undefined || compareUtf8(key, end) < 0);
      return inside ? key : undefined;
    },
  };
}

/** The median, because a page that crosses from one directory or year into the next is not representative. */
function usualSpan(line: KeyLine, pageStarts: readonly string[], here: bigint): bigint {
  const marks = [...pageStarts.map((key) => line.numberOf(key)), here];
  const spans = marks.slice(1).map((mark, index) => mark - (marks[index] ?? mark));
  return spans.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))[spans.length >> 1] ?? 0n;
}

export function commonLength(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a[at] === b[at]) at += 1;
  return at;
}
