import type { ListingEntry } from '../../../archive/listing/entry.js';
import type { ListingSummary } from '../../../archive/listing/reader.js';
import { normaliseName } from '../../../archive/names.js';

/** One difference between a listing and what the archive holds. */
export interface ListingDifference {
  kind: 'missing' | 'extra' | 'different';
  name: string;
  what: string;
}

/** How far apart the two sides are brought together again after a difference. */
const LOOK_AHEAD = 1000;
/** No two time zones are further apart, and all of them are whole quarters of an hour. */
const MAX_ZONE_MINUTES = 26 * 60;
const QUARTER_MINUTES = 15;

/**
 * Compares a listing with the one that the archive itself gives, entry by entry in the order of the archive. The
 * listing may be of another tar, in another time zone, or only have names. Yields every difference, and returns
 * what the listing was.
 */
export async function* compareListings(
  expected: AsyncGenerator<ListingEntry, ListingSummary>,
  actual: AsyncGenerator<ListingEntry, ListingSummary>,
): AsyncGenerator<ListingDifference, ListingSummary> {
  const left = new Window(expected);
  const right = new Window(actual);
  for (;;) {
    await left.fill(1);
    await right.fill(1);
    const a = left.entries[0];
    const b = right.entries[0];
    if (a === undefined || b === undefined) break;
    if (sameName(a, b)) {
      const what = difference(a, b);
      if (what !== undefined) yield { kind: 'different', name: a.name, what };
      left.entries.shift();
      right.entries.shift();
      continue;
    }
    await left.fill(LOOK_AHEAD);
    await right.fill(LOOK_AHEAD);
    const [dropLeft, dropRight] = nextMatch(left.entries, right.entries);
    for (const entry of left.entries.splice(0, dropLeft)) yield missing(entry);
    for (const entry of right.entries.splice(0, dropRight)) yield extra(entry);
  }
  for await (const entry of left.rest()) yield missing(entry);
  for await (const entry of right.rest()) yield extra(entry);
  return right.summary ?? { lines: 0, entries: 0, noise: 0, unreadable: 0, truncated: false, verbose: false };
}

class Window {
  entries: ListingEntry[] = [];
  summary: ListingSummary | undefined;

  readonly #source: AsyncGenerator<ListingEntry, ListingSummary>;

  constructor(source: AsyncGenerator<ListingEntry, ListingSummary>) {
    this.#source = source;
  }

  async fill(count: number): Promise<void> {
    while (this.entries.length < count && this.summary === undefined) {
      const next = await this.#source.next();
      if (next.done === true) this.summary = next.value;
      else this.entries.push(next.value);
    }
  }

  async *rest(): AsyncGenerator<ListingEntry> {
    for (;;) {
      await this.fill(1);
      const entry = this.entries.shift();
      if (entry === undefined) return;
      yield entry;
    }
  }
}

/** How many entries of each side to give up so that the next two match; all of the shorter look-ahead otherwise. */
function nextMatch(left: readonly ListingEntry[], right: readonly ListingEntry[]): [number, number] {
  const places = new Map<string, number>();
  right.forEach((entry, at) => {
    for (const name of namesOf(entry)) if (!places.has(name)) places.set(name, at);
  });
  let best: [number, number] | undefined;
  left.forEach((entry, at) => {
    for (const name of namesOf(entry)) {
      const place = places.get(name);
      if (place !== undefined && (best === undefined || at + place < best[0] + best[1])) best = [at, place];
    }
  });
  return best ?? [left.length, right.length];
}

function namesOf(entry: ListingEntry): string[] {
  return [entry.name, ...entry.alternatives].map(normaliseName);
}

function sameName(a: ListingEntry, b: ListingEntry): boolean {
  const names = namesOf(b);
  return namesOf(a).some((name) => names.includes(name));
}

function difference(a: ListingEntry, b: ListingEntry): string | undefined {
  if (b.mtime === undefined && b.sizeBytes === undefined) return undefined;
  if (!mayBe(a, b)) return `it is a ${a.kind}, and the listing says ${b.kind}`;
  const hasContent = a.kind === 'file' || b.kind === a.kind;
  if (hasContent && a.sizeBytes !== undefined && b.sizeBytes !== undefined && a.sizeBytes !== b.sizeBytes) {
    return `it has ${a.sizeBytes} bytes, and the listing says ${b.sizeBytes}`;
  }
  return sameTime(a.mtime, b.mtime) ? undefined : `it is of ${a.mtime}, and the listing says ${b.mtime}`;
}

/** Some programs do not say what a member is, and print hard links as files or with a mark that a name may hold. */
function mayBe(a: ListingEntry, b: ListingEntry): boolean {
  if (a.kind === b.kind || b.kind === 'unknown') return true;
  return (a.kind === 'hardlink' && b.kind === 'file') || (a.kind === 'file' && b.kind === 'hardlink');
}

function sameTime(a: string | undefined, b: string | undefined): boolean {
  const left = minutesOf(a);
  const right = minutesOf(b);
  if (left === undefined || right === undefined) return true;
  const apart = Math.abs(left - right);
  return apart <= MAX_ZONE_MINUTES && apart % QUARTER_MINUTES === 0;
}

/** Minutes of GNU tar's own form; bsdtar leaves out the year or the time of day. */
function minutesOf(text: string | undefined): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)/.exec(text ?? '');
  return match === null ? undefined : Date.parse(`${match[1]}T${match[2]}:00Z`) / 60_000;
}

function missing(entry: ListingEntry): ListingDifference {
  return { kind: 'missing', name: entry.name, what: 'the archive has it, and the listing does not' };
}

function extra(entry: ListingEntry): ListingDifference {
  return { kind: 'extra', name: entry.name, what: 'the listing has it, and the archive does not' };
}
