import { addTo } from '../../../core/groups.js';
import type { NameQuery } from '../source-port.js';
import { basenameOf, type Expected } from './expected.js';
import { foldAscii, searchableRun } from './normalise.js';
import { areSimilar, type NameTokens, saysTooLittle, tellingTokens, tokensOf } from './similar.js';

/**
 * How much of a row's path a place has, the strongest first. `similar`: a hint for a person, never decided by;
 * `digest`: only the content is the same.
 */
export const TIERS = ['anchored', 'tail', 'basename', 'similar', 'digest'] as const;
export type Tier = (typeof TIERS)[number];

/** A search needs this much of a name; shorter ones are matched only where nothing has to be searched for. */
const MIN_NEEDLE = 4;
const MIN_TOKEN = 3;

/** A found name that is similar to more expected names than these says nothing of any of them. */
const MAX_SIMILAR_NAMES = 50;

/** Compares found names with the expected names of all rows; made once per plan. */
export class NameMatcher implements NameQuery {
  readonly needles: readonly string[];
  /** Expected names that are too short to be looked for in a listing. */
  readonly unsearchable: ReadonlySet<string>;
  readonly #exact = new Map<string, Expected[]>();
  readonly #tokens = new Map<string, NameTokens>();
  /** By each token: the expected names that hold it. */
  readonly #holding = new Map<string, string[]>();
  /** By its rarest telling token: where a name that contains all of an expected one is looked up. */
  readonly #byRarest = new Map<string, string[]>();
  #last: { name: string; similar: readonly string[] } = { name: '', similar: [] };

  constructor(rows: Iterable<Expected>) {
    for (const row of rows) for (const name of row.basenames) addTo(this.#exact, name, row);
    for (const name of this.#exact.keys()) this.#learn(name);
    for (const [name, own] of this.#tokens) {
      const [rarest] = tellingTokens(own).sort((a, b) => this.#frequency(a) - this.#frequency(b));
      if (rarest !== undefined) addTo(this.#byRarest, rarest, name);
    }
    const needles = new Set<string>();
    const unsearchable = new Set<string>();
    for (const name of this.#exact.keys()) {
      const own = this.#tokens.get(name);
      // A letter that only Unicode folds to ASCII is not what a listing has.
      const telling = own === undefined ? [] : tellingIn(name, own);
      const run = searchableRun(name);
      for (const token of telling) needles.add(token);
      if (telling.length > 0) continue;
      if (run.length >= MIN_NEEDLE) needles.add(run);
      else unsearchable.add(name);
    }
    this.needles = [...needles].filter((needle) => needle.length >= MIN_TOKEN);
    this.unsearchable = unsearchable;
  }

  /** Whether a path ends in an expected name. */
  wants(path: string): boolean {
    return this.#exact.has(basenameOf(path));
  }

  /** Whether a path ends in a name that is a hint for some row: a place to be shown, never to be read. */
  isHint(path: string): boolean {
    return this.similarTo(basenameOf(path)).length > 0;
  }

  /** The rows that expect a file of exactly this name. */
  rowsExpecting(name: string): readonly Expected[] {
    return this.#exact.get(name) ?? [];
  }

  /** The expected names that a found name is similar to; none where it is itself expected. */
  similarTo(name: string): readonly string[] {
    if (name !== this.#last.name)
      this.#last = { name, similar: this.#exact.has(name) ? [] : this.#search(name) };
    return this.#last.similar;
  }

  #learn(name: string): void {
    const own = tokensOf(name);
    if (saysTooLittle(own) || tellingTokens(own).length === 0) return;
    this.#tokens.set(name, own);
    for (const token of new Set(own.tokens)) addTo(this.#holding, token, name);
  }

  #frequency(token: string): number {
    return this.#holding.get(token)?.length ?? 0;
  }

  #search(name: string): readonly string[] {
    const own = tokensOf(name);
    if (saysTooLittle(own)) return [];
    const found = new Set<string>();
    const look = (candidates: readonly string[] | undefined): boolean => {
      for (const expected of candidates ?? []) {
        const other = this.#tokens.get(expected);
        if (other === undefined || !areSimilar(own, other)) continue;
        // What they have in common must be what a search looks for, or each source would have its own hints.
        if (tellingIn(expected, other).some((token) => own.tokens.includes(token))) found.add(expected);
        if (found.size > MAX_SIMILAR_NAMES) return false;
      }
      return true;
    };
    // Expected names that the found one contains, then those that contain it: all of these hold its rarest token.
    for (const token of new Set(own.tokens)) if (!look(this.#byRarest.get(token))) return [];
    const telling = tellingTokens(own).sort((a, b) => this.#frequency(a) - this.#frequency(b));
    const rarest = telling[0];
    const containing = own.tokens.every((token) => this.#holding.has(token)) && rarest !== undefined;
    if (containing && !look(this.#holding.get(rarest))) return [];
    return [...found];
  }
}

/** The telling tokens that the name holds as they are, its case aside. */
function tellingIn(name: string, tokens: NameTokens): string[] {
  const folded = foldAscii(name);
  return tellingTokens(tokens).filter((token) => folded.includes(token));
}
