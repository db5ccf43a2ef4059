import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../src/jobs/recovery/evidence/candidate.js';
import {
  type Decision,
  decideRecovery,
  isEverybodys,
  preference,
  type RowEvidence,
  type Rule,
} from '../../../src/jobs/recovery/evidence/decision.js';
import { explain } from '../../../src/jobs/recovery/evidence/explain.js';
import { TIERS } from '../../../src/jobs/recovery/evidence/matcher.js';
import { candidate, hit } from './candidates.js';

const row = (candidates: Candidate[], changes: Partial<RowEvidence> = {}): RowEvidence => ({
  candidates,
  sourceFailed: false,
  external: false,
  ...changes,
});

const other = (changes: Partial<Candidate> = {}): Candidate =>
  candidate({ hit: hit({ object: 's3://b/backups/h/artifacts-2.tar.gz', version: 'etag2' }), ...changes });

describe('the confidence of each rule', () => {
  const cases: [Rule, Decision['confidence'], RowEvidence][] = [
    ['blocked', 'none', row([candidate()], { blocked: 'its path leads out of every root' })],
    ['2-changed', 'none', row([candidate()], { acceptedIsGone: true })],
    ['2-approved', 'approved', row([candidate({ person: 'accepted' })])],
    ['1-digest', 'certain', row([candidate({ digest: 'equal' })])],
    [
      '6-ambiguous',
      'weak',
      row([candidate({ digest: 'equal', contentKey: 'a' }), other({ digest: 'equal', contentKey: 'b' })]),
    ],
    ['7-anchored', 'strong', row([candidate()])],
    ['8-specific-name', 'strong', row([candidate({ tier: 'tail' })])],
    ['9-weak', 'weak', row([candidate({ tier: 'tail', trusted: false })])],
    ['9-similar', 'weak', row([], { hints: [candidate({ tier: 'similar' })], hintContents: 1 })],
    ['external-reference', 'none', row([], { external: true })],
    ['11-undecided', 'none', row([], { sourceFailed: true })],
    ['unrecoverable', 'none', row([], { unrecoverable: 'made in memory' })],
    ['10-residual', 'none', row([])],
  ];
  it.each(cases)('%s: %s', (rule, confidence, evidence) => {
    expect(decideRecovery(evidence)).toMatchObject({ rule, confidence });
  });
});

describe('a member that its listing names and its archive does not have', () => {
  it('is never bound, not even by an equal digest', () => {
    const decision = decideRecovery(
      row([candidate({ digest: 'equal', absent: 'the archive does not have it' })]),
    );
    expect(decision).toMatchObject({ status: 'rejected', rule: 'all-rejected' });
    expect([...decision.rejected.values()]).toEqual(['the archive does not have it']);
  });

  it('leaves the row to the next candidate with that digest', () => {
    const there = other({ digest: 'equal' });
    const decision = decideRecovery(row([candidate({ digest: 'equal', absent: 'not there' }), there]));
    expect(decision).toMatchObject({ status: 'bound', rule: '1-digest', chosen: { cid: there.cid } });
  });
});

describe('a generic name with many contents', () => {
  const many = (changes: Partial<Candidate>, count = 6): Candidate[] =>
    Array.from({ length: count }, (_, i) =>
      candidate({
        tier: 'basename',
        generic: 'many files are named data.csv',
        contentKey: `content ${i}`,
        hit: hit({ member: `run-${i}/data.csv` }),
        ...changes,
      }),
    );

  it('identifies no file: residual, not a queue of comparisons', () => {
    expect(decideRecovery(row(many({})))).toMatchObject({
      status: 'residual',
      rule: '10-generic',
      confidence: 'none',
    });
  });

  it('is undecided while a source that may have the right one failed', () => {
    expect(decideRecovery(row(many({}), { sourceFailed: true }))).toMatchObject({
      status: 'undecided',
      rule: '11-undecided',
    });
  });

  it.each<[string, Candidate[]]>([
    ['at most five contents', many({}, 5)],
    ['one content', many({ contentKey: 'same' })],
    ['the whole path', many({ tier: 'anchored' })],
    ['one of them with a specific name', [...many({}), candidate({ tier: 'basename', contentKey: 'own' })]],
  ])('but not with %s', (_, candidates) => {
    expect(isEverybodys(candidates)).toBe(false);
  });
});

describe('what decides', () => {
  it('one contested candidate of the strongest tier is enough for review', () => {
    const decision = decideRecovery(
      row([candidate(), other({ contested: 'row B wants it too', contentKey: candidate().contentKey })]),
    );
    expect(decision).toMatchObject({ status: 'needs_review', rule: '5-contested' });
  });

  it('a strongest tier that was rejected is not replaced by a weaker one', () => {
    const strong = candidate({ digest: 'contradicts' });
    const weak = other({ tier: 'basename', contentKey: 'b' });
    expect(decideRecovery(row([strong, weak]))).toMatchObject({ status: 'needs_review', rule: '9-weaker' });
  });

  it('a hint that a person rejected is no longer a hint', () => {
    const hints = [candidate({ tier: 'similar', person: 'rejected' })];
    expect(decideRecovery(row([], { hints, hintContents: 1 })).rule).toBe('10-residual');
  });

  it('hints of two contents decide nothing', () => {
    const hints = [
      candidate({ tier: 'similar', contentKey: 'a' }),
      other({ tier: 'similar', contentKey: 'b' }),
    ];
    expect(decideRecovery(row([], { hints, hintContents: 2 })).rule).toBe('10-residual');
  });

  it('every rejected candidate has its reason in words', () => {
    const cases: Partial<Candidate>[] = [
      { person: 'rejected' },
      { digest: 'contradicts' },
      { sizeContradicts: true },
      { check: 'fail', checkReason: 'it is an HTML page' },
      { superseded: true, hit: hit({ superseded: 'artifacts-3.tar.gz is newer' }) },
      { tier: 'digest' },
    ];
    const reasons = cases.map(
      (changes) => [...decideRecovery(row([candidate(changes)])).rejected.values()][0] ?? '',
    );
    for (const reason of reasons) expect(reason.length).toBeGreaterThan(10);
    expect(new Set(reasons).size).toBe(cases.length);
    expect(reasons[4]).toContain('artifacts-3.tar.gz is newer');
  });
});

it('rule 5 names the candidate that another row claims, which may not be the best one', () => {
  const best = candidate({ segments: 3, contentKey: 'a' });
  const wanted = other({ contested: 'it also matches row-b', contentKey: 'b' });
  const decision = decideRecovery(row([best, wanted]));
  expect(decision).toMatchObject({
    rule: '5-contested',
    chosen: { cid: best.cid },
    disputed: { cid: wanted.cid },
  });
  const text = explain(decision, { expected: ['gtex_liver.csv'] });
  expect(text.startsWith(wanted.hit.object)).toBe(true);
  expect(text).toContain('may belong to another artifact: it also matches row-b.');
});

describe('the order of equal candidates', () => {
  const at = (
    kind: 'directory' | 'git' | 'archives',
    changes: Partial<Candidate> = {},
    indexed = false,
  ): Candidate =>
    candidate({ hit: hit({ kind, source: kind, ...(indexed ? { indexed } : {}) }), ...changes });

  it('the stronger tier, the longer path, the cheaper source, the newer file, the CID', () => {
    const ordered: Candidate[] = [...TIERS.map((tier) => candidate({ tier, segments: 9 }))];
    expect(
      [...ordered]
        .reverse()
        .sort(preference)
        .map((one) => one.tier),
    ).toEqual([...TIERS]);
    const bySegments = [candidate({ segments: 3 }), candidate({ segments: 2 })];
    expect(
      [...bySegments]
        .reverse()
        .sort(preference)
        .map((one) => one.segments),
    ).toEqual([3, 2]);
    const byCost = [at('directory'), at('git'), at('archives', {}, true), at('archives')];
    expect([...byCost].reverse().sort(preference)).toEqual(byCost);
    const cachedFirst = [at('archives', { cached: true }), at('git')];
    expect([...cachedFirst].reverse().sort(preference)).toEqual(cachedFirst);
    const byAge = [candidate({ hit: hit({ age: 2 }) }), candidate({ hit: hit({ age: 1 }) })];
    expect([...byAge].reverse().sort(preference)).toEqual(byAge);
    const byCid = [candidate({ cid: '1' }), candidate({ cid: '2' })];
    expect([...byCid].reverse().sort(preference)).toEqual(byCid);
  });
});
