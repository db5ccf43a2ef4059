import { looksVerbose, readColumns } from './columns.js';
import { type Dress, dressOf } from './dress.js';
import { isFurniture, isProgramMessage } from './noise.js';

/** How much of a listing is examined before its first line is parsed. */
export const SNIFF_BYTES = 64 * 1024;
const SNIFF_LINES = 400;

/** The format of a listing, detected from its first lines. */
export interface ListingShape {
  /** Whether its lines have columns. If so, a line without columns is not an entry. */
  verbose: boolean;
  /** Whether every line that starts with a mode could be parsed, so that later ones can be counted without parsing. */
  regular: boolean;
  /** Number of heading lines before the first entry of a listing with columns. */
  heading: number;
  /** What every line of a list of names has around the name. */
  dress: Dress | undefined;
  /** Whether no line so far names a member. */
  silent: boolean;
  /** Whether its columns are in an unknown format. */
  foreign: boolean;
}

/** Whether a line looks like part of a table or log: at least four words, including a number and a time. */
function isForeign(line: string): boolean {
  const words = line
    .slice(0, 1000)
    .split(/[ \t]+/)
    .filter((word) => word !== '');
  const has = (pattern: RegExp): boolean => words.some((word) => pattern.test(word));
  return words.length >= 4 && has(/^\d+$/) && has(/^\[?\d\d?:\d\d/);
}

/** Detects the format from the first lines (one character per byte). */
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

/** The maximum length of a heading, in lines. */
const MAX_HEADING = 30;
