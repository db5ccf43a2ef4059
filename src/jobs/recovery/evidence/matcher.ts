import type { NameQuery } from '../source-port.js';
import { basenameOf, type Expected } from './expected.js';
import { normalise, searchableRun } from './normalise.js';

/** How much of a row's path a place has, the strongest first; `digest`: only the content is the same. */
export const TIERS = ['anchored', 'tail', 'basename', 'normalised', 'digest'] as const;
export type Tier = (typeof TIERS)[number];

export interface NameMatch {
  artifactId: string;
  tier: Tier;
  /** The expected path or name that matched. */
  expected: string;
  /** Equal segments, counted from the end. */
  segments: number;
}

/** A search needs this much of a name; shorter ones are matched only where nothing has to be searched for. */
const MIN_NEEDLE = 4;

/** Matches paths against the expected names of all rows; made once per plan. */
export class NameMatcher implements NameQuery {
  readonly needles: readonly string[];
  /** Expected names that are too short to be looked for in a listing. */
  readonly unsearchable: readonly string[];
  private readonly exact = new Map<string, Set<Expected>>();
  private readonly normalised = new Map<string, Set<Expected>>();

  constructor(rows: readonly Expected[]) {
    const names = new Set(rows.flatMap((row) => row.basenames));
    for (const row of rows) {
      for (const name of row.basenames) {
        add(this.exact, name, row);
        if (hasSearchableStem(name)) add(this.normalised, keyOf(name), row);
      }
    }
    const runs = [...names].map((name) => ({ name, run: needleOf(name) }));
    this.needles = [...new Set(runs.map((one) => one.run).filter((run) => run.length >= MIN_NEEDLE))];
    this.unsearchable = runs.filter((one) => one.run.length < MIN_NEEDLE).map((one) => one.name);
  }

  wants(path: string): boolean {
    const name = basenameOf(path);
    return this.exact.has(name) || this.normalised.has(keyOf(name));
  }

  /** The best match of each row that the paths (one file, relative to several roots) may belong to. */
  match(paths: readonly string[]): NameMatch[] {
    const name = basenameOf(paths[0] ?? '');
    const rows = new Set([...(this.exact.get(name) ?? []), ...(this.normalised.get(keyOf(name)) ?? [])]);
    return [...rows].map((row) => bestMatch(row, name, paths));
  }
}

function add(map: Map<string, Set<Expected>>, key: string, row: Expected): void {
  const rows = map.get(key) ?? new Set();
  rows.add(row);
  map.set(key, rows);
}

function keyOf(name: string): string {
  const { stem, extension } = normalise(name);
  return stem + extension;
}

/** Whether names that are equal to this one after normalisation can be looked for: by its stem, which they all hold. */
function hasSearchableStem(name: string): boolean {
  return searchableRun(normalise(name).stem).length >= MIN_NEEDLE;
}

function needleOf(name: string): string {
  return searchableRun(hasSearchableStem(name) ? normalise(name).stem : name);
}

function bestMatch(row: Expected, name: string, paths: readonly string[]): NameMatch {
  const base = { artifactId: row.id };
  if (row.anchored !== null && paths.includes(row.anchored)) {
    return { ...base, tier: 'anchored', expected: row.anchored, segments: row.anchored.split('/').length };
  }
  const tails = row.paths.map((path) => ({ path, segments: equalTail(paths[0] ?? '', path) }));
  const best = tails.reduce((a, b) => (b.segments > a.segments ? b : a), { path: '', segments: 0 });
  if (best.segments >= 2) return { ...base, tier: 'tail', expected: best.path, segments: best.segments };
  if (row.basenames.includes(name)) return { ...base, tier: 'basename', expected: name, segments: 1 };
  const expected = row.basenames.find((one) => keyOf(one) === keyOf(name)) ?? name;
  return { ...base, tier: 'normalised', expected, segments: 0 };
}

/** How many segments two paths have in common at their ends. */
function equalTail(a: string, b: string): number {
  const left = a.split('/').reverse();
  const right = b.split('/').reverse();
  const differs = left.findIndex((segment, i) => segment !== right[i]);
  return differs < 0 ? left.length : differs;
}
