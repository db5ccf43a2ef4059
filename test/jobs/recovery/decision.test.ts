import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../src/jobs/recovery/evidence/candidate.js';
import {
  type Decision,
  decideRecovery,
  type RowEvidence,
  type Rule,
} from '../../../src/jobs/recovery/evidence/decision.js';
import { TIERS } from '../../../src/jobs/recovery/evidence/matcher.js';
import { caseCount } from '../../support/property-runs.js';
import { candidate, hit } from './candidates.js';

function product<T extends Record<string, readonly unknown[]>>(axes: T): { [K in keyof T]: T[K][number] }[] {
  return Object.entries(axes).reduce<Record<string, unknown>[]>(
    (rows, [key, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [key]: value }))),
    [{}],
  ) as { [K in keyof T]: T[K][number] }[];
}

const AXES = {
  digest: ['equal', 'contradicts', 'none'],
  sizeContradicts: [false, true],
  person: ['accepted', 'rejected', 'none'],
  check: ['pass', 'fail', 'cut', 'unknown', 'deferred'],
  tier: TIERS,
  contested: [undefined, 'row B wants it too'],
  generic: [undefined, 'a name that many files have'],
  trusted: [true, false],
  plantable: [false, true],
  superseded: [false, true],
} as const;

type Case = ReturnType<typeof product<typeof AXES>>[number];

/** The table of the requirement, row by row, in its order. */
const TABLE: { rule: Rule; status: Decision['status']; when: (c: Case) => boolean }[] = [
  { rule: 'all-rejected', status: 'rejected', when: (c) => c.person === 'rejected' },
  { rule: '1-digest', status: 'bound', when: (c) => c.digest === 'equal' },
  { rule: '2-approved', status: 'bound', when: (c) => c.person === 'accepted' },
  { rule: 'all-rejected', status: 'rejected', when: (c) => c.digest === 'contradicts' || c.sizeContradicts },
  { rule: 'all-rejected', status: 'rejected', when: (c) => c.check === 'fail' },
  { rule: 'all-rejected', status: 'rejected', when: (c) => c.superseded || c.tier === 'digest' },
  { rule: '10-residual', status: 'residual', when: (c) => c.tier === 'similar' },
  { rule: '5-contested', status: 'needs_review', when: (c) => c.contested !== undefined },
  {
    rule: '7-anchored',
    status: 'bound',
    when: (c) => c.tier === 'anchored' && c.trusted && !c.plantable && c.check !== 'cut',
  },
  {
    rule: '8-specific-name',
    status: 'bound',
    when: (c) =>
      (c.tier === 'tail' || c.tier === 'basename') &&
      c.generic === undefined &&
      (c.check === 'pass' || c.check === 'deferred') &&
      c.trusted &&
      !c.plantable,
  },
  { rule: '9-weak', status: 'needs_review', when: () => true },
];

function made(one: Case, changes: Partial<Candidate> = {}): Candidate {
  const { contested, generic, ...rest } = one;
  return candidate({
    ...rest,
    ...(contested === undefined ? {} : { contested }),
    ...(generic === undefined ? {} : { generic }),
    ...changes,
  });
}

const evidence = (candidates: readonly Candidate[], more: Partial<RowEvidence> = {}): RowEvidence => ({
  candidates,
  sourceFailed: false,
  external: false,
  ...more,
});

describe('the decision table', () => {
  const cases = product(AXES);

  it(`one candidate: each of the ${cases.length} combinations is decided by the first row that matches`, () => {
    for (const one of cases) {
      const row = TABLE.find((entry) => entry.when(one));
      const decision = decideRecovery(evidence([made(one)]));
      expect({ ...one, rule: decision.rule, status: decision.status }).toEqual({
        ...one,
        rule: row?.rule,
        status: row?.status,
      });
      expect(decision.rejected.size).toBe(row?.status === 'rejected' ? 1 : 0);
    }
  });

  it('every rule of the table is reached, and only four of them give "bound"', () => {
    const bound = new Set(
      cases
        .map((one) => decideRecovery(evidence([made(one)])))
        .filter((d) => d.status === 'bound')
        .map((d) => d.rule),
    );
    expect([...bound].sort()).toEqual(['1-digest', '2-approved', '7-anchored', '8-specific-name']);
  });

  it('a second candidate with another content, in every pair of tiers: only equal tiers are ambiguous', () => {
    for (const { a, b } of product({ a: TIERS.slice(0, 3), b: TIERS.slice(0, 3) })) {
      const one = candidate({ tier: a });
      const other = candidate({ tier: b, hit: hit({ member: 'elsewhere/gtex_liver.csv' }) });
      const decision = decideRecovery(evidence([one, other]));
      if (a === b)
        expect(decision).toMatchObject({ status: 'needs_review', rule: '6-ambiguous', contents: 2 });
      else {
        expect(decision.chosen?.cid).toBe(TIERS.indexOf(a) < TIERS.indexOf(b) ? one.cid : other.cid);
        expect(decision.runnerUp?.cid).toBe(TIERS.indexOf(a) < TIERS.indexOf(b) ? other.cid : one.cid);
        expect(decision.contents).toBe(1);
      }
    }
  });

  it('copies of one content are not ambiguous, and the newest is used', () => {
    const older = candidate({ contentKey: 'same' });
    const newer = candidate({
      contentKey: 'same',
      hit: hit({ object: 's3://b/backups/h/artifacts-2.tar.gz', age: 2 }),
    });
    expect(decideRecovery(evidence([older, newer]))).toMatchObject({
      status: 'bound',
      contents: 1,
      chosen: { cid: newer.cid },
    });
  });

  it('a digest wins over everything else, in any order, and nothing overrules it', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(cases, { minLength: 1, maxLength: 5 }), fc.nat(5), (others, at) => {
        const equal = candidate({ digest: 'equal', hit: hit({ member: 'x/right' }), sha256: 'a'.repeat(64) });
        const rest = others.map((one, i) =>
          made({ ...one, digest: 'contradicts' }, { cid: `other${i}`, person: 'none' }),
        );
        const all = [...rest.slice(0, at), equal, ...rest.slice(at)];
        expect(decideRecovery(evidence(all))).toMatchObject({ rule: '1-digest', chosen: { cid: equal.cid } });
      }),
    );
  });

  it('more candidates turn a review into a bind only by a stronger tier, a digest or a person', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(cases, { minLength: 2, maxLength: 5 }), (picked) => {
        const all = picked.map((one, i) => made(one, { cid: `c${i}`, contentKey: `content${i}` }));
        const decision = decideRecovery(evidence(all));
        if (decision.status !== 'bound') return;
        const alone = decideRecovery(evidence(all.filter((one) => one.cid === decision.chosen?.cid)));
        expect(alone).toMatchObject({ status: 'bound', rule: decision.rule });
      }),
      { numRuns: caseCount(500) },
    );
  });

  it('if two recorded digests were both found, a person decides; if one of them was found in many copies, it is bound', () => {
    const one = candidate({ digest: 'equal', contentKey: 'sha256:a' });
    const copy = candidate({ digest: 'equal', contentKey: 'sha256:a', hit: hit({ member: 'copy' }) });
    const other = candidate({ digest: 'equal', contentKey: 'sha256:b', hit: hit({ member: 'other' }) });
    expect(decideRecovery(evidence([one, other]))).toMatchObject({
      status: 'needs_review',
      rule: '6-ambiguous',
      contents: 2,
    });
    expect(decideRecovery(evidence([one, copy]))).toMatchObject({ status: 'bound', rule: '1-digest' });
  });

  it('an unread content is never bound by its name', () => {
    for (const tier of TIERS.slice(0, 3)) {
      const unread = candidate({ tier, contentKey: 'unread:1' });
      expect(decideRecovery(evidence([unread])).status).toBe('needs_review');
    }
  });

  it('the strongest tier decides, rejected or not: a weaker candidate needs a decision', () => {
    const outs: Partial<Candidate>[] = [
      { check: 'fail' },
      { digest: 'contradicts' },
      { sizeContradicts: true },
      { person: 'rejected' },
      { absent: 'the archive does not hold it' },
      { superseded: true },
    ];
    for (const out of outs) {
      for (const [strong, weak] of [
        ['anchored', 'tail'],
        ['anchored', 'basename'],
        ['tail', 'basename'],
      ] as const) {
        const stronger = candidate({ tier: strong, cid: 'strong', contentKey: 'a', ...out });
        const weaker = candidate({ tier: weak, cid: 'weak', contentKey: 'b' });
        expect(decideRecovery(evidence([stronger, weaker]))).toMatchObject({
          status: 'needs_review',
          rule: '9-weaker',
          chosen: { cid: 'weak' },
        });
        const hint = candidate({ tier: 'similar', cid: 'hint', contentKey: 'c' });
        expect(decideRecovery(evidence([stronger], { hints: [hint], hintContents: 1 })).status).toBe(
          'rejected',
        );
        const proven = candidate({ tier: weak, cid: 'proven', contentKey: 'd', digest: 'equal' });
        expect(decideRecovery(evidence([stronger, proven]))).toMatchObject({
          rule: '1-digest',
          status: 'bound',
        });
      }
    }
  });

  it('one similar content needs a decision, several are only shown, and none hides a better reason', () => {
    const hint = candidate({ tier: 'similar', cid: 'hint', contentKey: 'c' });
    const row = (more: Partial<RowEvidence>): RowEvidence =>
      evidence([], { hints: [hint], hintContents: 1, ...more });
    expect(decideRecovery(row({}))).toMatchObject({
      status: 'needs_review',
      rule: '9-similar',
      chosen: { cid: 'hint' },
    });
    expect(decideRecovery(row({ hintContents: 2 }))).toMatchObject({
      status: 'residual',
      rule: '10-residual',
    });
    expect(decideRecovery(row({ sourceFailed: true })).status).toBe('undecided');
    expect(decideRecovery(row({ unrecoverable: 'in memory only' })).status).toBe('unrecoverable');
    expect(decideRecovery(row({ external: true })).status).toBe('external_reference');
    expect(decideRecovery(row({ blocked: 'no object' })).status).toBe('residual');
    const rejected = { ...hint, person: 'rejected' as const };
    expect(decideRecovery(row({ hints: [rejected], hintContents: 0 })).status).toBe('residual');
    const bound = candidate({ contentKey: 'd' });
    expect(decideRecovery({ ...row({}), candidates: [bound] })).toMatchObject({
      status: 'bound',
      rule: '7-anchored',
    });
  });

  it('a name that many files have: up to five contents need a decision, more are residual', () => {
    const hits = (contents: number): Candidate[] =>
      Array.from({ length: contents }, (_, i) =>
        candidate({
          tier: 'basename',
          generic: 'a name that many files have',
          cid: `c${i}`,
          contentKey: `k${i}`,
        }),
      );
    expect(decideRecovery(evidence(hits(1)))).toMatchObject({ status: 'needs_review', rule: '9-weak' });
    expect(decideRecovery(evidence(hits(5)))).toMatchObject({ status: 'needs_review', rule: '6-ambiguous' });
    expect(decideRecovery(evidence(hits(6)))).toMatchObject({
      status: 'residual',
      rule: '10-generic',
      contents: 6,
    });
  });

  it('content that a person accepted is not replaced by an automatic choice when it is gone', () => {
    for (const one of [candidate(), candidate({ digest: 'equal' })]) {
      expect(decideRecovery(evidence([one], { acceptedIsGone: true }))).toMatchObject({
        status: 'needs_review',
        rule: '2-changed',
      });
    }
  });

  it('without a candidate: external, undecided, unrecoverable, residual, and lost only when every source answered', () => {
    const axes = {
      sourceFailed: [false, true],
      external: [false, true],
      unrecoverable: [undefined, 'in memory only'],
    } as const;
    for (const { unrecoverable, ...one } of product(axes)) {
      const decision = decideRecovery(
        evidence([], { ...one, ...(unrecoverable === undefined ? {} : { unrecoverable }) }),
      );
      const expected = one.external
        ? 'external_reference'
        : one.sourceFailed
          ? 'undecided'
          : unrecoverable !== undefined
            ? 'unrecoverable'
            : 'residual';
      expect(decision.status).toBe(expected);
    }
  });

  it('rejected candidates with a failed source are undecided, and a blocked row is never bound', () => {
    const out = candidate({ digest: 'contradicts' });
    expect(decideRecovery(evidence([out], { sourceFailed: true })).status).toBe('undecided');
    expect(decideRecovery(evidence([out], { unrecoverable: 'x' })).status).toBe('rejected');
    expect(
      decideRecovery(evidence([candidate({ digest: 'equal' })], { blocked: 'its metadata is no object' }))
        .status,
    ).toBe('needs_review');
  });
});
