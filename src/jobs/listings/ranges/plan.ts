import { compareUtf8 } from '../../../core/bytes.js';
import { type Outlook, outlook } from './outlook.js';

/** What is known about a range while it is listed. */
export interface RangeFacts {
  endAt: string | undefined;
  /** The last key seen. */
  last: string;
  /** The first keys of its last pages, oldest first. */
  pageStarts: readonly string[];
  pages: number;
  keys: number;
  /** How many pages are known to come before this range in the same directory. */
  reach: number;
  /** Whether keys are known to be equally dense near the range's end; otherwise they may end anywhere before it. */
  certain: boolean;
}

export interface PlanInput<Range extends RangeFacts> {
  ranges: readonly Range[];
  /** How many more ranges can be listed at the same time. */
  idle: number;
  /** Key prefixes that are known to exist, sorted. */
  boundaries: readonly string[];
  /** The greatest known last key of a directory, relative to one of these prefixes. */
  tail: string | undefined;
  prefixLength: number;
  concurrency: number;
  keysPerPage: number;
}

/** A key at which a new range begins, and the estimated number of pages up to it. */
interface Point {
  key: string;
  pagesAhead: number;
}

export interface Split<Range> {
  range: Range;
  /** In ascending order. */
  points: Point[];
  /** The points are known prefixes, which say nothing about how far the range before them extends. */
  atBoundaries: boolean;
}

/** A range with fewer pages left than this is finished sooner without a split. */
const WORTH_PAGES = 3;
/** How many probes to send at once into a range of unknown extent; most find nothing. */
const BLIND_PROBES = 2;

interface Candidate<Range> {
  range: Range;
  inside: readonly string[];
  view: Outlook | undefined;
  /** The expected number of pages left. */
  expected: number;
  /** The extent of its keys is not even known to an order of magnitude. */
  blind: boolean;
}

/**
 * Where to split ranges for idle workers, starting with the range that has the most left. Known prefixes are the best
 * points. Otherwise, points are at even distances if the end of the range is certain, or at geometrically growing
 * distances if the keys may end anywhere.
 */
export function planSplits<Range extends RangeFacts>(input: PlanInput<Range>): Split<Range>[] {
  const candidates = input.ranges
    .map((range) => candidate(range, input))
    .filter(({ expected }) => expected >= WORTH_PAGES)
    .sort((a, b) => Number(b.blind) - Number(a.blind) || b.expected - a.expected);
  const splits: Split<Range>[] = [];
  let idle = input.idle;
  let total = candidates.reduce((sum, { blind, expected }) => sum + (blind ? 0 : expected), 0);
  for (const found of candidates) {
    if (idle <= 0) break;
    const share = found.blind ? BLIND_PROBES : Math.max(1, Math.round((idle * found.expected) / total));
    if (!found.blind) total -= found.expected;
    const points = pointsOf(found, Math.min(share, idle), input.concurrency);
    if (points.length === 0) continue;
    idle -= points.length;
    splits.push({ range: found.range, points, atBoundaries: found.inside.length > 0 });
  }
  return splits;
}

function candidate<Range extends RangeFacts>(range: Range, input: PlanInput<Range>): Candidate<Range> {
  const inside = input.boundaries.filter((key) => isInside(key, range));
  if (inside.length > 0) {
    const passed = input.boundaries.filter((key) => compareUtf8(key, range.last) <= 0).length;
    const each = Math.max(1, range.keys / input.keysPerPage / Math.max(1, passed));
    return { range, inside, view: undefined, expected: each * inside.length + WORTH_PAGES, blind: false };
  }
  const likely = range.certain ? undefined : likelyEnd(range, input);
  const view = outlook(range.last, likely ?? range.endAt, range.pageStarts, input.prefixLength);
  const left = view?.pagesLeft ?? 0;
  if (range.certain || likely !== undefined) return { range, inside, view, expected: left, blind: false };
  // Nothing is known about its extent; assume that as much lies ahead as was already listed.
  const reached = range.reach + range.pages;
  const lasting = input.ranges.length === 1 ? Math.max(WORTH_PAGES, reached) : reached;
  const expected = Math.min(left / 2, lasting);
  return { range, inside, view, expected, blind: left > 4 * Math.max(input.concurrency, reached) };
}

function isInside(key: string, range: RangeFacts): boolean {
  if (compareUtf8(key, range.last) <= 0) return false;
  return range.endAt === undefined || compareUtf8(key, range.endAt) < 0;
}

/** Sibling directories tend to have the same structure, so this one probably ends like another one did. */
function likelyEnd<Range extends RangeFacts>(
  range: Range,
  { boundaries, tail }: PlanInput<Range>,
): string | undefined {
  const own = boundaries.findLast((key) => range.last.startsWith(key));
  if (own === undefined || tail === undefined) return undefined;
  return isInside(own + tail, range) ? own + tail : undefined;
}

function pointsOf<Range extends RangeFacts>(
  { range, inside, view, blind }: Candidate<Range>,
  wanted: number,
  concurrency: number,
): Point[] {
  if (inside.length > 0) {
    const count = Math.min(wanted, inside.length);
    const step = inside.length / (count + 1);
    const keys = Array.from({ length: count }, (_, i) => inside[Math.floor(step * (i + 1))]);
    return distinct(keys.map((key) => ({ key, pagesAhead: 0 })));
  }
  if (view === undefined) return [];
  const distances = blind
    ? geometric(Math.max(concurrency, range.reach + range.pages), view.pagesLeft, wanted)
    : even(view.pagesLeft, wanted);
  return distinct(distances.map((pagesAhead) => ({ key: view.pointAhead(pagesAhead), pagesAhead })));
}

function geometric(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from * (to / from) ** ((i + 1) / (count + 1)));
}

/** The next page was already requested, and a range should be worth its last, partial page. */
function even(pagesLeft: number, wanted: number): number[] {
  const count = Math.min(wanted, Math.floor((pagesLeft - 1) / 2));
  return Array.from({ length: count }, (_, i) => 1 + ((pagesLeft - 1) * (i + 1)) / (count + 1));
}

function distinct(points: readonly { key: string | undefined; pagesAhead: number }[]): Point[] {
  const byKey = new Map<string, Point>();
  for (const { key, pagesAhead } of points) if (key !== undefined) byKey.set(key, { key, pagesAhead });
  return [...byKey.values()];
}
