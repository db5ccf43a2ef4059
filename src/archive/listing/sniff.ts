import { looksVerbose, readColumns } from './columns.js';
import { type Dress, dressOf } from './dress.js';
import { isFurniture, isProgramMessage } from './noise.js';

/** So much of a listing is looked at before its first line is read. */
export const SNIFF_BYTES = 64 * 1024;
const SNIFF_LINES = 400;

/** What the first lines of a listing show. */
export interface ListingShape {
  /** Its lines have columns; a line without any is not an entry then. */
  verbose: boolean;
  /** Every line that begins with a mode can be read: those further down need not be, to be counted. */
  regular: boolean;
  /** Lines before the first entry of a listing with columns: a heading. */
  heading: number;
  /** What every line of a list of names has around its name. */
  dress: Dress | undefined;
  /** No line so far says anything of a member. */
  silent: boolean;
  /** Its lines have columns of a form that is not known. */
  foreign: boolean;
}

/** A line that looks like one of a table or a log: a number and a time among at least four words. */
function isForeign(line: string): boolean {
  const words = line
    .slice(0, 1000)
    .split(/[ \t]+/)
    .filter((word) => word !== '');
  const has = (pattern: RegExp): boolean => words.some((word) => pattern.test(word));
  return words.length >= 4 && has(/^\d+$/) && has(/^\[?\d\d?:\d\d/);
}

/** Looks at the first lines (one character per byte). */
export function sniffListing(lines: readonly string[]): ListingShape {
  const sample = lines.slice(0, SNIFF_LINES);
  let columns = 0;
  let odd = 0;
  let names = 0;
  let foreign = 0;
  const plain: string[] = [];
  let first = -1;
  for (const [at, line] of sample.entries()) {
    if (line === '') continue;
    if (readColumns(line) !== undefined) {
      columns += 1;
      if (first < 0) first = at;
    } else if (looksVerbose(line)) odd += 1;
    else if (!isProgramMessage(line)) {
      plain.push(line);
      if (!isFurniture(line)) names += 1;
      if (isForeign(line)) foreign += 1;
    }
  }
  const verbose = columns + odd > 0 && (columns + odd) * 3 >= names;
  return {
    verbose,
    regular: odd === 0,
    heading: verbose && first > 0 && first <= MAX_HEADING ? first : 0,
    dress: verbose ? undefined : dressOf(plain),
    silent: columns + odd + names === 0,
    foreign: !verbose && names > 0 && foreign * 5 >= names * 4,
  };
}

/** A longer heading is none. */
const MAX_HEADING = 30;
