import { compareUtf8, LAST_CHARACTER } from '../../../core/bytes.js';
import { outlook } from '../ranges/outlook.js';

export interface UnitSizes {
  /** The first look at a target: one page tells whether there is work for more than one worker. */
  readonly firstKeys: number;
  /** Worth its way to another host, and done before anybody asks what became of it. */
  readonly unitKeys: number;
}

export const UNIT_SIZES: UnitSizes = { firstKeys: 1000, unitKeys: 32_000 };

/** Each level of splitting makes so many times more; where nothing stands, a piece costs one request. */
const MAX_PIECES = 16;
/** Known directories hold something, mostly. */
const MAX_KNOWN_PIECES = 64;

/** What a range that was left off has shown so far. */
export interface Rest {
  /** The last key seen: the rest is what comes after it. */
  readonly last: string;
  /** The first keys of its last pages, oldest first. */
  readonly pageStarts: readonly string[];
  readonly pages: number;
  readonly keys: number;
}

/** What is known of the target that the range is of. */
export interface Known {
  /** Directories, in order. */
  readonly boundaries: readonly string[];
  readonly prefixLength: number;
  readonly unitKeys: number;
}

/**
 * Where to split what a range has left, for several workers: at known directories, else at even distances as the keys
 * seem to go. Only a guess: a piece may be empty, and one that is too large is split again when it is left off.
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

/** Where the directory before this one ends, so that a range that fails leaves the next one whole. */
function endBefore(directory: string, before: string | undefined): string {
  return before === undefined ? directory : `${before}${LAST_CHARACTER}`;
}

function everyNth(keys: readonly string[], wanted: number): string[] {
  const count = Math.min(wanted, keys.length);
  return Array.from({ length: count }, (_, i) => keys[Math.floor((keys.length * i) / count)] ?? '');
}
