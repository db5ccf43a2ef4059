import { ACROSS, type Glob, isWildcard, SEGMENTS, STAR, textOf } from './glob.js';
import { addTo } from './groups.js';

const SLASH = 0x2f;

/** Globs as a tree, in which those with the same beginning share positions. Positions are made when a text reaches them. */
export class GlobTrie {
  readonly root: Position;
  readonly #tokens: readonly (readonly number[])[];
  #positions = 0;

  constructor(globs: readonly Glob[]) {
    this.#tokens = globs.map(({ tokens }) => tokens);
    this.root = this.position({ globs: [...globs.keys()], depth: 0 });
  }

  position(place: Place): Position {
    this.#positions += 1;
    return new Position(this, this.#positions, place);
  }

  tokensOf(glob: number): readonly number[] {
    return this.#tokens[glob] ?? [];
  }
}

interface Place {
  /** The globs, by index. They have the same tokens up to here. */
  globs: readonly number[];
  /** How many tokens that is. */
  depth: number;
  /** The last of them, if it is a wildcard. */
  wildcard?: number;
}

/** A position in one or several globs that a text can be at. */
export class Position {
  readonly id: number;
  readonly globs: readonly number[];
  /** The globs that end here. */
  accepts: readonly number[] = [];
  /** Compares the rest of the text with the only glob that is left, if that can be done at once. */
  rest: ((text: string, from: number) => boolean) | undefined;
  readonly #trie: GlobTrie;
  readonly #depth: number;
  readonly #wildcard: number | undefined;
  #literals: Map<number, Position> | undefined;
  /** Positions that are reached together with this one. */
  #along: Position[] | undefined;
  #isExpanded = false;

  constructor(trie: GlobTrie, id: number, { globs, depth, wildcard }: Place) {
    this.#trie = trie;
    this.id = id;
    this.globs = globs;
    this.#depth = depth;
    this.#wildcard = wildcard;
  }

  /** Whether a longer text can lead to a match by steps. */
  get canGoOn(): boolean {
    return this.rest === undefined && (this.#wildcard !== undefined || this.#literals !== undefined);
  }

  /** The code units that lead to other positions. */
  literals(): Iterable<number> {
    return this.#literals?.keys() ?? [];
  }

  /** Adds this position, and those that are reached without consuming a character. */
  enter(positions: Set<Position>): void {
    if (positions.has(this)) return;
    if (!this.#isExpanded) this.#expand();
    positions.add(this);
    for (const position of this.#along ?? []) position.enter(positions);
  }

  /** Adds the positions after a character. What follows `SEGMENTS` begins only where a segment does. */
  step(code: number, positions: Set<Position>): void {
    if (this.#wildcard === SEGMENTS && code !== SLASH) positions.add(this);
    else if (this.#wildcard !== undefined && (this.#wildcard !== STAR || code !== SLASH))
      this.enter(positions);
    this.#literals?.get(code)?.enter(positions);
  }

  #expand(): void {
    this.#isExpanded = true;
    if (this.#wildcard === SEGMENTS) {
      this.#along = [this.#trie.position({ globs: this.globs, depth: this.#depth })];
      return;
    }
    this.rest = this.#restOfOnly();
    if (this.rest !== undefined) return;
    const byToken = new Map<number, number[]>();
    const ending: number[] = [];
    for (const glob of this.globs) {
      const token = this.#trie.tokensOf(glob)[this.#depth];
      if (token === undefined) ending.push(glob);
      else addTo(byToken, token, glob);
    }
    this.accepts = ending;
    for (const [token, globs] of byToken) this.#add(token, globs);
  }

  #add(token: number, globs: readonly number[]): void {
    const depth = this.#depth + 1;
    if (isWildcard(token)) {
      this.#along ??= [];
      this.#along.push(this.#trie.position({ globs, depth, wildcard: token }));
    } else {
      this.#literals ??= new Map();
      this.#literals.set(token, this.#trie.position({ globs, depth }));
    }
  }

  #restOfOnly(): Position['rest'] {
    const [glob] = this.globs;
    if (glob === undefined || this.globs.length > 1) return undefined;
    const tokens = this.#trie.tokensOf(glob);
    return restMatcher(tokens.slice(this.#wildcard === undefined ? this.#depth : this.#depth - 1));
  }
}

/** Matches literals with at most one `STAR` or `ACROSS` among them. */
function restMatcher(tokens: readonly number[]): Position['rest'] {
  const at = tokens.findIndex(isWildcard);
  if (at < 0) {
    const text = textOf(tokens);
    return (key, from) => key.length === from + text.length && key.endsWith(text);
  }
  const wildcard = tokens[at];
  if (wildcard === SEGMENTS || tokens.findLastIndex(isWildcard) !== at) return undefined;
  const head = textOf(tokens.slice(0, at));
  const tail = textOf(tokens.slice(at + 1));
  return (key, from) => {
    const start = from + head.length;
    const end = key.length - tail.length;
    if (end < start || !key.startsWith(head, from) || !key.endsWith(tail)) return false;
    if (wildcard === ACROSS) return true;
    const slash = key.indexOf('/', start);
    return slash < 0 || slash >= end;
  };
}
