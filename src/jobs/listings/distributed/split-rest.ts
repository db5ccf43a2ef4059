import { compareUtf8, LAST_CHARACTER } from '../../../core/bytes.js';
import { outlook } from '../ranges/outlook.js';

export interface UnitSizes {
  /** The size of the first range of a target: one page shows whether there is work for more than one worker. */
  readonly firstKeys: number;
  /** Large enough to be worth sending to another host, small enough to show progress. */
  readonly unitKeys: number;
}

export const UNIT_SIZES: UnitSizes = { firstKeys: 1000, unitKeys: 32_000 };

/** Each split multiplies the number of ranges by this. An empty range costs one request. */
const MAX_PIECES = 16;
/** The factor for known directories, which are rarely empty. */
const MAX_KNOWN_PIECES = 64;

/** What is known about a range at which a worker stopped early. */
export interface Rest {
  /** The last key seen; the rest is everything after it. */
  readonly last: string;
  /** The first keys of its last pages, oldest first. */
  readonly pageStarts: readonly string[];
  readonly pages: number;
  readonly keys: number;
}

/** What is known about the target of the range. */
export interface Known {
  /** Directories, sorted. */
  readonly boundaries: readonly string[];
  readonly prefixLength: number;
  readonly unitKeys: number;
}

/**
 * Where to split the rest of a range for several workers: at known directories, or else at even distances estimated
 * from the keys. This is only an estimate: a piece may be empty, and one that is too large is split again later.
 */
export function splitRest(
  { last, pageStarts, pages, keys }: Rest,
  endAt: string | undefined,
  { boundaries, prefixLength, unitKeys }: Known,
): string[] {
  const isInside = (key: string): boolean =>
    compareUtf8(key, last) > 0 && (endAt === undefined || compareUtf8(key, endAt) < 0);
  const known = boundaries.map((key, i) => endBefore(key, boundaries[i - 1])).filter(isInside);
  if (known.length > 0) return everyNth(known, MAX_KNOWN_PIECES - 1);
  const view = outlook(last, endAt, pageStarts, prefixLength);
  if (view === undefined) return [];
  const keysLeft = (view.pagesLeft * keys) / Math.max(1, pages);
  const pieces = Math.min(MAX_PIECES, Math.ceil(keysLeft / unitKeys));
  const points = Array.from({ length: Math.max(0, pieces - 1) }, (_, i) =>
    view.pointAhead((view.pagesLeft * (i + 1)) / pieces),
  );
  return [...new Set(points.filter((key) => key !== undefined && isInside(key)))] as string[];
}

/** The end of the directory before this one, so that a range that fails does not affect the next directory. */
function endBefore(directory: string, before: string | undefined): string {
  return before === undefined ? directory : `${before}${LAST_CHARACTER}`;
}

function everyNth(keys: readonly string[], wanted: number): string[] {
  const count = Math.min(wanted, keys.length);
  return Array.from({ length: count }, (_, i) => keys[Math.floor((keys.length * i) / count)] ?? '');
}
