import type { ListingEntry } from '../../../archive/listing/entry.js';
import type { ListingSummary } from '../../../archive/listing/reader.js';
import { normaliseName } from '../../../archive/names.js';
import { counted, number } from '../../../core/pluralize.js';

/** One difference between a listing and its archive. */
export interface ListingDifference {
  kind: 'missing' | 'extra' | 'different';
  name: string;
  what: string;
}

/** How many entries are searched for the next match after a difference. */
const LOOK_AHEAD = 1000;
/** The largest difference between two time zones. All differences are multiples of 15 minutes. */
const MAX_ZONE_MINUTES = 26 * 60;
const QUARTER_MINUTES = 15;

/**
 * Compares a listing with the one generated from the archive, entry by entry in archive order. The listing may come
 * from another tar program, be in another time zone, or have only names. Yields every difference and returns the
 * properties of the listing.
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

/** How many entries to skip on each side so that the next two match; otherwise all of the shorter look-ahead. */
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
  if (!mayBe(a, b)) return `its type is ${a.kind}, but the listing has ${b.kind}`;
  const hasContent = a.kind === 'file' || b.kind === a.kind;
  if (hasContent && a.sizeBytes !== undefined && b.sizeBytes !== undefined && a.sizeBytes !== b.sizeBytes) {
    return `it has ${counted(a.sizeBytes, 'byte')}, but the listing has ${number(b.sizeBytes)}`;
  }
  return sameTime(a.mtime, b.mtime) ? undefined : `its time is ${a.mtime}, but the listing has ${b.mtime}`;
}

/**
 * Whether two types may be the same: some programs print no types, or print hard links as files or with a mark that may
 * also be part of a name.
 */
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

/** The minutes of a time in GNU tar's format. bsdtar omits the year or the time of day. */
function minutesOf(text: string | undefined): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)/.exec(text ?? '');
  return match === null ? undefined : Date.parse(`${match[1]}T${match[2]}:00Z`) / 60_000;
}

function missing(entry: ListingEntry): ListingDifference {
  return { kind: 'missing', name: entry.name, what: 'it is in the archive but not in the listing' };
}

function extra(entry: ListingEntry): ListingDifference {
  return { kind: 'extra', name: entry.name, what: 'it is in the listing but not in the archive' };
}
