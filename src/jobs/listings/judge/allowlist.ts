import { usageFailure } from '../../../core/failure.js';
import { compileGlob, type Glob } from '../../../core/glob.js';
import { GlobSet } from '../../../core/glob-set.js';
import { hasStoreScheme } from '../../../core/store-url.js';

interface Entry {
  text: string;
  line: number;
  glob: Glob | undefined;
  used: boolean;
}

/**
 * Archives that need no listing: whole object keys, and globs of keys. It records which entries matched, so an
 * allowlist must not be reused for another run.
 */
export class Allowlist {
  readonly file: string;
  readonly #keys = new Map<string, Entry>();
  readonly #globs: Entry[] = [];
  readonly #set: GlobSet;
  /** Lists of matching globs that were all used before. */
  readonly #allUsed = new WeakSet<readonly number[]>();
  #unused: number;

  constructor(file: string, entries: readonly { text: string; line: number; glob: Glob | undefined }[]) {
    this.file = file;
    for (const entry of entries) {
      const own = { ...entry, used: false };
      if (own.glob !== undefined) this.#globs.push(own);
      else if (!this.#keys.has(own.text)) this.#keys.set(own.text, own);
    }
    this.#set = new GlobSet(this.#globs.flatMap(({ glob }) => (glob === undefined ? [] : [glob])));
    this.#unused = this.#keys.size + this.#globs.length;
  }

  /** Whether an archive's key is on the list. */
  has(key: string): boolean {
    return this.#keys.has(key) || this.#set.matches(key);
  }

  /** Records which entries match an archive's key. Costs nothing once every entry was used. */
  note(key: string): void {
    if (this.#unused === 0) return;
    this.#use(this.#keys.get(key));
    for (const matching of this.#set.matchingLists(key)) {
      if (this.#allUsed.has(matching)) continue;
      for (const place of matching) this.#use(this.#globs[place]);
      this.#allUsed.add(matching);
    }
  }

  /** The entries that matched no archive, in file order. */
  unused(): { text: string; line: number }[] {
    return [...this.#keys.values(), ...this.#globs]
      .filter((entry) => !entry.used)
      .map(({ text, line }) => ({ text, line }))
      .sort((a, b) => a.line - b.line);
  }

  /** The lines of used entries, to pass to `noteLines` of the same allowlist on another host. */
  usedLines(): number[] {
    return [...this.#keys.values(), ...this.#globs].filter(({ used }) => used).map(({ line }) => line);
  }

  /** Records entries that were used on another host. */
  noteLines(lines: readonly number[]): void {
    const wanted = new Set(lines);
    for (const entry of [...this.#keys.values(), ...this.#globs])
      if (wanted.has(entry.line)) this.#use(entry);
  }

  #use(entry: Entry | undefined): void {
    if (entry === undefined || entry.used) return;
    entry.used = true;
    this.#unused -= 1;
  }
}

/**
 * Reads an allowlist with one object key or glob per line. A line without `*` is a literal key. `#` starts a comment at
 * the start of a line or after whitespace. Whitespace around an entry is ignored.
 * @throws Failure `allowlist.bad_glob` (exit 2) with the file and the line
 */
export function parseAllowlist(text: string, file: string): Allowlist {
  const entries = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((raw, index) => ({ text: withoutComment(raw).trim(), line: index + 1 }))
    .filter((entry) => entry.text !== '')
    .map((entry) => ({ ...entry, glob: globOf(entry.text, () => `${file}:${entry.line}`) }));
  return new Allowlist(file, entries);
}

function withoutComment(line: string): string {
  return line.includes('#') ? line.replace(/(^|\s)#.*$/s, '') : line;
}

function globOf(text: string, where: () => string): Glob | undefined {
  const glob = text.includes('*') ? compileGlob(text) : undefined;
  const problem = keyProblem(text) ?? (glob && 'problem' in glob ? glob.problem : undefined);
  if (problem !== undefined) {
    throw usageFailure(
      'allowlist.bad_glob',
      `${where()}: ${JSON.stringify(text)} is not a valid entry: ${problem}`,
      'write a whole object key or a glob: * matches within a segment, ** across segments',
    );
  }
  return glob && !('problem' in glob) ? glob : undefined;
}

function keyProblem(text: string): string | undefined {
  if (hasStoreScheme(text)) return 'it is a url; write the object key without the bucket';
  if (text.startsWith('/')) return 'an object key does not begin with a slash';
  return undefined;
}
