import { addTo } from '../../../core/groups.js';
import type { NameQuery } from '../source-port.js';
import { basenameOf, type Expected } from './expected.js';
import { foldAscii, searchableRun } from './normalize.js';
import { areSimilar, type NameTokens, saysTooLittle, tellingTokens, tokensOf } from './similar.js';

/**
 * How much of a row's path a place matches, strongest first. `similar`: only a hint for a person; `digest`: only the
 * content matches.
 */
export const TIERS = ['anchored', 'tail', 'basename', 'similar', 'digest'] as const;
export type Tier = (typeof TIERS)[number];

/**
 * The shortest name that listings are searched for. Shorter names are matched only in sources that enumerate all files.
 */
const MIN_NEEDLE = 4;
const MIN_TOKEN = 3;

/** macOS stores attributes of NAME in `._NAME`, which is never the content of anything. */
const APPLE_DOUBLE = '._';

/** A found name that is similar to more expected names than this is ignored. */
const MAX_SIMILAR_NAMES = 50;

/** Compares found names with the expected names of all rows. Created once per plan. */
export class NameMatcher implements NameQuery {
  readonly needles: readonly string[];
  /** Expected names that are too short to search listings for. */
  readonly unsearchable: ReadonlySet<string>;
  readonly #exact = new Map<string, Expected[]>();
  readonly #tokens = new Map<string, NameTokens>();
  /** Expected names by each token that they contain. */
  readonly #holding = new Map<string, string[]>();
  /** Expected names by their rarest distinctive token, to look up the names that a found name contains. */
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
      // Unicode case folding can turn other letters into ASCII; a listing has the original bytes.
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

  /** Whether a path ends with an expected name. */
  wants(path: string): boolean {
    return this.#exact.has(basenameOf(path));
  }

  /** Whether a path ends with a name that is similar to an expected one: shown as a hint, never read. */
  isHint(path: string): boolean {
    return this.similarTo(basenameOf(path)).length > 0;
  }

  /** The rows that expect a file of exactly this name. */
  rowsExpecting(name: string): readonly Expected[] {
    return this.#exact.get(name) ?? [];
  }

  /** The expected names that a found name is similar to; empty if it is itself expected. */
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
    if (name.startsWith(APPLE_DOUBLE)) return [];
    const own = tokensOf(name);
    if (saysTooLittle(own)) return [];
    const found = new Set<string>();
    const look = (candidates: readonly string[] | undefined): boolean => {
      for (const expected of candidates ?? []) {
        const other = this.#tokens.get(expected);
        if (other === undefined || !areSimilar(own, other)) continue;
        // The names must share a token that searches look for; otherwise the hints would depend on the kind of source.
        if (tellingIn(expected, other).some((token) => own.tokens.includes(token))) found.add(expected);
        if (found.size > MAX_SIMILAR_NAMES) return false;
      }
      return true;
    };
    // Expected names that the found name contains, then those that contain it: all of these have its rarest token.
    for (const token of new Set(own.tokens)) if (!look(this.#byRarest.get(token))) return [];
    const telling = tellingTokens(own).sort((a, b) => this.#frequency(a) - this.#frequency(b));
    const rarest = telling[0];
    const containing = own.tokens.every((token) => this.#holding.has(token)) && rarest !== undefined;
    if (containing && !look(this.#holding.get(rarest))) return [];
    return [...found];
  }
}

/** The distinctive tokens that the name contains, ignoring case. */
function tellingIn(name: string, tokens: NameTokens): string[] {
  const folded = foldAscii(name);
  return tellingTokens(tokens).filter((token) => folded.includes(token));
}
