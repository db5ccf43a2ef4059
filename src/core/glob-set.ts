import type { Glob } from './glob.js';
import { GlobTrie, type Position } from './glob-trie.js';

/** The positions that a text can have reached; equal sets are created only once. */
interface State {
  /** Positions from where the text can go on. */
  readonly live: readonly Position[];
  /** Positions with one glob left, whose rest is compared with the rest of the text at once. */
  readonly single: readonly Position[];
  /** The globs that match if the text ends here. */
  readonly accepts: readonly number[];
  /** The literal code units of the live positions, for which there are transitions of their own. */
  readonly literals: ReadonlySet<number>;
  readonly next: Map<number, State>;
  /** The transition of every code unit that is neither a literal nor a slash. */
  other?: State | undefined;
}

/** Limit on the cached states of the automaton; beyond it, the cache is rebuilt. */
const MAX_STATES = 20_000;
const MAX_STATE_POSITIONS = 1 << 20;
const SLASH = 0x2f;
const NONE: readonly (readonly number[])[] = [];

/**
 * Any number of globs as one automaton, built lazily: each character of a key is one step, however many globs there are.
 * A glob costs next to nothing until a key begins like it, and once it is the only one left, its rest is compared as a
 * text. For sorted keys, only the characters after the common prefix with the previous key are processed.
 */
export class GlobSet {
  readonly #trie: GlobTrie;
  readonly #isEmpty: boolean;
  #states = new Map<string, State>();
  #statePositions = 0;
  /** The previous key, and its states: `#path[i]` is the state before character i, up to `#depth`. */
  #key: string | undefined;
  readonly #path: State[] = [];
  #depth = -1;
  /** Where in the path are states with single globs. */
  readonly #checks: number[] = [];
  #found: readonly (readonly number[])[] = NONE;

  constructor(globs: readonly Glob[]) {
    this.#trie = new GlobTrie(globs);
    this.#isEmpty = globs.length === 0;
  }

  matches(key: string): boolean {
    return this.matchingLists(key).length > 0;
  }

  /** The indexes of the globs that match a key, in no particular order. */
  matching(key: string): readonly number[] {
    const lists = this.matchingLists(key);
    return lists.length === 1 ? (lists[0] ?? []) : [...new Set(lists.flat())];
  }

  /** The same in several lists, none of them empty. Equal lists are the same object, so they can be remembered. */
  matchingLists(key: string): readonly (readonly number[])[] {
    if (this.#isEmpty) return NONE;
    if (key !== this.#key) this.#found = this.#match(key);
    return this.#found;
  }

  #match(key: string): readonly (readonly number[])[] {
    const last = this.#walk(key);
    const found: (readonly number[])[] = last.accepts.length > 0 ? [last.accepts] : [];
    for (const at of this.#checks) {
      for (const position of this.#path[at]?.single ?? []) {
        if (position.rest?.(key, at) === true && !found.includes(position.globs)) found.push(position.globs);
      }
    }
    return found.length === 0 ? NONE : found;
  }

  /** The state after the key. */
  #walk(key: string): State {
    const path = this.#path;
    let at = commonLength(key, this.#key ?? '', this.#depth);
    this.#key = key;
    while ((this.#checks.at(-1) ?? 0) > at) this.#checks.pop();
    let state = path[at] ?? this.#start();
    path[at] = state;
    for (; at < key.length; at += 1) {
      // Nothing can match from here on, so the path, and what the next key can share with it, ends here.
      if (state.live.length === 0) break;
      const code = key.charCodeAt(at);
      state = state.next.get(code) ?? this.#step(state, code);
      path[at + 1] = state;
      if (state.single.length > 0) this.#checks.push(at + 1);
    }
    this.#depth = at;
    return at < key.length ? DEAD : state;
  }

  #start(): State {
    const first = new Set<Position>();
    this.#trie.root.enter(first);
    const start = this.#stateOf(first);
    if (start.single.length > 0) this.#checks.push(0);
    return start;
  }

  #step(state: State, code: number): State {
    const isOther = code !== SLASH && !state.literals.has(code);
    if (isOther && state.other !== undefined) return state.other;
    const positions = new Set<Position>();
    for (const position of state.live) position.step(code, positions);
    const made = this.#stateOf(positions);
    if (isOther) state.other = made;
    else state.next.set(code, made);
    return made;
  }

  #stateOf(set: ReadonlySet<Position>): State {
    const positions = [...set].sort((a, b) => a.id - b.id);
    const name = positions.map(({ id }) => id).join();
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    if (this.#states.size >= MAX_STATES || this.#statePositions >= MAX_STATE_POSITIONS) this.#forget();
    const state = newState(positions);
    this.#states.set(name, state);
    this.#statePositions += positions.length + 1;
    return state;
  }

  /** Drops the cached states, except those on the path of the current key. */
  #forget(): void {
    for (const state of this.#states.values()) {
      state.next.clear();
      state.other = undefined;
    }
    this.#states = new Map();
    this.#statePositions = 0;
  }
}

function newState(positions: readonly Position[]): State {
  const live = positions.filter((position) => position.canGoOn);
  return {
    live,
    single: positions.filter((position) => position.rest !== undefined),
    accepts: positions.flatMap((position) => position.accepts),
    literals: live.length === 0 ? NO_LITERALS : new Set(live.flatMap((position) => [...position.literals()])),
    next: live.length === 0 ? NO_STATES : new Map(),
  };
}

const NO_LITERALS: ReadonlySet<number> = new Set();
const NO_STATES: Map<number, State> = new Map();

const DEAD = newState([]);

function commonLength(a: string, b: string, most: number): number {
  const length = Math.min(a.length, b.length, Math.max(0, most));
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}
