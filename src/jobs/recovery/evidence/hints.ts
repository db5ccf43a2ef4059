import type { Hit } from '../source-port.js';
import { candidateId } from './candidate.js';
import { basenameOf } from './expected.js';
import type { NameMatcher } from './matcher.js';
import { tokensOf } from './similar.js';

/** Hints kept per row, and contents kept per name. */
const MAX_HINTS = 5;
/** At most this many found names are kept; the rest are only counted. */
const MAX_NAMES = 100_000;

/** All places with one name that is similar to an expected one. */
interface HintedName {
  name: string;
  places: number;
  /** One place per content, as far as name, size, and digest distinguish them; one more than are shown. */
  contents: Map<string, { cid: string; hit: Hit }>;
}

/** The similar names found for one row. */
export interface RowHints {
  /** At most MAX_HINTS, closest first. */
  hints: { cid: string; hit: Hit; expected: string }[];
  /** Number of different contents among all of them, counted up to slightly more than are shown. */
  contents: number;
  places: number;
}

const NO_HINTS: RowHints = { hints: [], contents: 0, places: 0 };

/**
 * Found names that are similar to expected ones. Their contents are not read: contents are distinguished by name, size,
 * and the digest if the source knows it.
 */
export class HintSet {
  readonly #names = new Map<string, HintedName>();
  readonly #decided = new Map<string, Hit>();
  readonly #pinned: ReadonlySet<string>;

  /** @param pinned CIDs that a person decided about: always kept */
  constructor(pinned: ReadonlySet<string> = new Set()) {
    this.#pinned = pinned;
  }

  add(hit: Hit): void {
    const name = basenameOf(hit.paths[0] ?? hit.member);
    if (this.#pinned.size > 0) {
      const cid = candidateId(hit);
      if (this.#pinned.has(cid)) this.#decided.set(cid, hit);
    }
    // An empty file is never a useful hint.
    if (hit.sizeBytes === 0) return;
    let own = this.#names.get(name);
    if (own === undefined) {
      if (this.#names.size >= MAX_NAMES) return;
      own = { name, places: 0, contents: new Map() };
      this.#names.set(name, own);
    }
    own.places += 1;
    const key = `${hit.sizeBytes ?? 'unknown'} ${identityOf(hit) ?? ''}`;
    const known = own.contents.get(key);
    if (known !== undefined ? known.hit.age >= hit.age : own.contents.size > MAX_HINTS) return;
    own.contents.set(key, { cid: candidateId(hit), hit });
  }

  /** The hint with this CID, if a person decided about it. */
  get(cid: string): Hit | undefined {
    return this.#decided.get(cid);
  }

  /** The hints for each expected name. */
  byExpected(matcher: NameMatcher): Map<string, RowHints> {
    const found = new Map<string, HintedName[]>();
    for (const own of this.#names.values()) {
      for (const expected of matcher.similarTo(own.name)) {
        const all = found.get(expected) ?? [];
        // Only the closest are shown, and decisions only need to know whether there is more than one.
        if (all.length < MAX_HINTS * 20) all.push(own);
        found.set(expected, all);
      }
    }
    return new Map([...found].map(([expected, names]) => [expected, hintsFor(expected, names)]));
  }
}

function hintsFor(expected: string, names: readonly HintedName[]): RowHints {
  const own = tokensOf(expected).tokens.length;
  const distance = (name: string): number => Math.abs(tokensOf(name).tokens.length - own);
  const sorted = names
    .map((one) => ({ one, distance: distance(one.name) }))
    .sort((a, b) => a.distance - b.distance || (a.one.name < b.one.name ? -1 : 1));
  const hints = sorted
    .flatMap(({ one }) => [...one.contents.values()].sort((a, b) => b.hit.age - a.hit.age))
    .slice(0, MAX_HINTS)
    .map(({ cid, hit }) => ({ cid, hit, expected }));
  return {
    hints,
    contents: contentsOf(names),
    places: names.reduce((sum, one) => sum + one.places, 0),
  };
}

/** What a source knows about the content without reading it: a digest, or the git blob id. */
function identityOf(hit: Hit): string | undefined {
  return hit.sha256 ?? (hit.kind === 'git' ? hit.version : undefined);
}

/** Counts different contents by digest or blob id; without these, an equal name and size count as one content. */
function contentsOf(names: readonly HintedName[]): number {
  const bySize = new Map<string, { identities: Set<string>; names: Set<string> }>();
  for (const { name, contents } of names) {
    for (const { hit } of contents.values()) {
      const size = String(hit.sizeBytes ?? 'unknown');
      const own = bySize.get(size) ?? { identities: new Set(), names: new Set() };
      bySize.set(size, own);
      own.names.add(name);
      const identity = identityOf(hit);
      if (identity !== undefined) own.identities.add(`${hit.kind === 'git' ? 'git' : ''}${identity}`);
    }
  }
  // A plain listing has no sizes: use the size found elsewhere for the name.
  if (bySize.size > 1) bySize.delete('unknown');
  return [...bySize.values()].reduce((sum, own) => sum + (own.identities.size || own.names.size), 0);
}

/** Merges the hints for all expected names of a row. */
export function mergeHints(all: readonly (RowHints | undefined)[]): RowHints {
  const own = all.filter((one) => one !== undefined);
  if (own.length <= 1) return own[0] ?? NO_HINTS;
  const byCid = new Map(own.flatMap((one) => one.hints).map((hint) => [hint.cid, hint]));
  return {
    hints: [...byCid.values()].slice(0, MAX_HINTS),
    contents: Math.max(byCid.size > 1 ? 2 : 1, ...own.map((one) => one.contents)),
    places: Math.max(...own.map((one) => one.places)),
  };
}
