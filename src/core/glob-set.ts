import { type Glob, globTokens } from './glob.js';

/** A position in one or several globs. Globs with the same beginning share nodes. */
interface Node {
  readonly id: number;
  /** What the node itself does with a character: `star` and `across` stay, `segments` waits for the next slash. */
  readonly kind: 'plain' | 'star' | 'across' | 'segments';
  readonly chars: Map<string, Node>;
  star?: Node;
  across?: Node;
  segments?: Node;
  /** For a `segments` node: the node to continue with at the start of a segment. */
  rest?: Node;
  readonly accepts: number[];
}

/** The set of nodes that a text can have reached; equal sets are created only once. */
interface State {
  readonly nodes: readonly Node[];
  readonly accepts: readonly number[];
  readonly next: Map<string, State>;
}

/** Limit on the cached states of the automaton; beyond it, the cache is rebuilt. */
const MAX_STATES = 20_000;
const MAX_STATE_NODES = 1 << 20;

/**
 * Any number of globs as one automaton, built lazily: each character of a key is one step, however many globs there are.
 * For sorted keys, only the characters after the common prefix with the previous key are processed.
 */
export class GlobSet {
  readonly #root: Node;
  #nodes = 0;
  #states = new Map<string, State>();
  #stateNodes = 0;
  /** The previous key, and its states: `#path[i]` is the state before character i. */
  #key = '';
  #path: State[] = [];

  constructor(globs: readonly Glob[]) {
    this.#root = this.#node('plain');
    for (const [index, { text }] of globs.entries()) this.#add(index, text);
    this.#reset();
  }

  /** The indexes of the globs that match a key, in no particular order. */
  matching(key: string): readonly number[] {
    let at = commonLength(key, this.#key, this.#path.length - 1);
    this.#path.length = at + 1;
    this.#key = key;
    let state = this.#path[at] ?? this.#reset();
    for (; at < key.length; at += 1) {
      // Nothing can match from here on, so the path, and what the next key can share with it, ends here.
      if (state.nodes.length === 0) return [];
      const char = key.charAt(at);
      state = state.next.get(char) ?? this.#step(state, char);
      this.#path.push(state);
    }
    return state.accepts;
  }

  #add(index: number, text: string): void {
    let node = this.#root;
    for (const token of globTokens(text)) {
      if (token === 'star') node = node.star ??= this.#node('star');
      else if (token === 'across') node = node.across ??= this.#node('across');
      else if (token === 'segments') {
        node.segments ??= this.#node('segments');
        node = node.segments.rest ??= this.#node('plain');
      } else {
        const next = node.chars.get(token.char) ?? this.#node('plain');
        node.chars.set(token.char, next);
        node = next;
      }
    }
    node.accepts.push(index);
  }

  #node(kind: Node['kind']): Node {
    this.#nodes += 1;
    return { id: this.#nodes, kind, chars: new Map(), accepts: [] };
  }

  #reset(): State {
    this.#states = new Map();
    this.#stateNodes = 0;
    const first = new Set<Node>();
    enter(this.#root, first);
    const start = this.#stateOf(first);
    this.#path = [start];
    this.#key = '';
    return start;
  }

  #step(state: State, char: string): State {
    const nodes = new Set<Node>();
    for (const node of state.nodes) {
      if (node.kind === 'across' || (node.kind === 'star' && char !== '/')) enter(node, nodes);
      else if (node.kind === 'segments') {
        nodes.add(node);
        if (char === '/' && node.rest) enter(node.rest, nodes);
      }
      const next = node.chars.get(char);
      if (next !== undefined) enter(next, nodes);
    }
    const made = this.#stateOf(nodes);
    state.next.set(char, made);
    return made;
  }

  #stateOf(set: ReadonlySet<Node>): State {
    const nodes = [...set].sort((a, b) => a.id - b.id);
    const name = nodes.map(({ id }) => id).join();
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    if (this.#states.size >= MAX_STATES || this.#stateNodes >= MAX_STATE_NODES) this.#forget();
    const state: State = { nodes, accepts: nodes.flatMap(({ accepts }) => accepts), next: new Map() };
    this.#states.set(name, state);
    this.#stateNodes += nodes.length + 1;
    return state;
  }

  /** Drops the cached states, except those on the path of the current key. */
  #forget(): void {
    for (const state of this.#states.values()) state.next.clear();
    this.#states = new Map();
    this.#stateNodes = 0;
  }
}

/** A node, and the nodes that are reachable from it without consuming a character. */
function enter(node: Node, nodes: Set<Node>): void {
  if (nodes.has(node)) return;
  nodes.add(node);
  if (node.star) enter(node.star, nodes);
  if (node.across) enter(node.across, nodes);
  if (node.segments === undefined) return;
  nodes.add(node.segments);
  if (node.segments.rest) enter(node.segments.rest, nodes);
}

function commonLength(a: string, b: string, most: number): number {
  const length = Math.min(a.length, b.length, Math.max(0, most));
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at;
}
