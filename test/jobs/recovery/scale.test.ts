import { describe, expect, it } from 'vitest';
import { candidatesOf, HitSet, type Known } from '../../../src/jobs/recovery/evidence/assemble.js';
import { markContested } from '../../../src/jobs/recovery/evidence/contested.js';
import { expectedOf } from '../../../src/jobs/recovery/evidence/expected.js';
import { HintSet } from '../../../src/jobs/recovery/evidence/hints.js';
import { NameMatcher } from '../../../src/jobs/recovery/evidence/matcher.js';
import type { MissingRow } from '../../../src/jobs/recovery/plan/row.js';
import type { Hit } from '../../../src/jobs/recovery/source-port.js';
import { hit } from './candidates.js';

const rule = { directories: ['datasets'], extensions: ['.csv'], nameKeys: ['filename'], unrecoverable: [] };

/** What was done for rows and hits: reads of what a hit has, and candidates that were made. */
interface Work {
  steps: number;
  candidates: number;
}

/** Decides rows against hits, and counts every look at a hit: what takes time is that, whatever the machine. */
function workOf(rows: readonly MissingRow[], hits: readonly Hit[]): Work {
  const work: Work = { steps: 0, candidates: 0 };
  const expected = new Map(rows.map((row) => [row.id, expectedOf(row, rule)]));
  const hints = new HintSet();
  const set = new HitSet(1_000_000, hints);
  for (const one of hits) {
    const counted = new Proxy(one, {
      get: (target, key) => {
        work.steps += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    set.add(counted);
  }
  const known: Known = {
    rows: new Map(rows.map((row) => [row.id, row])),
    expected,
    matcher: new NameMatcher(expected.values()),
    hits: set.byCid,
    hints,
    read: new Map(),
    failed: new Map(),
    digests: new Map(),
    decisions: [],
    genericNames: new Set(),
    reviewOnly: new Set(),
    allowUnverified: false,
  };
  const all = candidatesOf(known);
  const shown = new Map([...all].map(([id, one]) => [id, [...one.candidates, ...one.hints]]));
  for (const own of markContested(shown, []).values()) work.candidates += own.length;
  return work;
}

function rowOf(id: string, changes: Partial<MissingRow>): MissingRow {
  return {
    id,
    artifactType: 'dataset',
    filePath: null,
    relativePath: null,
    placePath: null,
    title: null,
    metadata: {},
    trustedDigests: [],
    sizeBytes: null,
    ...changes,
  };
}

const place = (i: number, path: string, more: Partial<Hit> = {}): Hit =>
  hit({ member: path, paths: [path], sizeBytes: i + 1, version: `v${i}`, ...more });
const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

const WORLDS: Record<string, (count: number) => Work> = {
  'one generic name for all rows and all files': (count) =>
    workOf(
      times(count, (i) => rowOf(`r${i}`, { metadata: { filename: 'v1/metrics.json' } })),
      times(count, (i) => place(i, `run${i}/v1/metrics.json`)),
    ),
  'one path for all rows and all files': (count) =>
    workOf(
      times(count, (i) => rowOf(`r${i}`, { filePath: 'd/cohort.csv', relativePath: 'd/cohort.csv' })),
      times(count, (i) => place(i, `copy${i}/d/cohort.csv`)),
    ),
  'one content on record for all rows': (count) => {
    const sha256 = 'a'.repeat(64);
    return workOf(
      times(count, (i) => rowOf(`r${i}`, { trustedDigests: [{ sha256, from: 'recorded' }] })),
      times(count, (i) => place(i, `x/${i}.bin`, { sha256 })),
    );
  },
  'a path of its own for each row': (count) =>
    workOf(
      times(count, (i) =>
        rowOf(`r${i}`, { filePath: `d/cohort_${i}_x.csv`, relativePath: `d/cohort_${i}_x.csv` }),
      ),
      times(count, (i) => place(i, `d/cohort_${i}_x.csv`)),
    ),
  'one similar name for all rows': (count) =>
    workOf(
      times(count, (i) => rowOf(`r${i}`, { metadata: { filename: 'cohort_frozen.csv' } })),
      times(count, (i) => place(i, `d/cohort_frozen_copy.csv`, { hint: true })),
    ),
};

describe('the cost of deciding is proportional to rows and files', () => {
  it.each(Object.entries(WORLDS))('%s', (_, work) => {
    const small = work(250);
    const large = work(2000);
    // Eight times the rows and the files are eight times the work; pairs of them would be 64 times.
    expect(large.steps / small.steps).toBeLessThan(12);
    // A few dozen candidates of a row are kept, however many files there are.
    expect(large.candidates).toBeLessThanOrEqual(2000 * 32);
  });
});
