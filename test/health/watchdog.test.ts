import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expectation, evaluateExpectations, type Judgement } from '../../src/health/watchdog.js';
import type { RunRecord } from '../../src/registry/port.js';
import { caseCount } from '../support/property-runs.js';
import { NOW, runRecord } from './samples.js';

const HOUR = 3_600_000;
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);
const expected: Expectation = { job: 'listings verify', withinMs: 26 * HOUR };

/** A run that took half an hour and ended `hours` hours ago. */
function endedAgo(hours: number, more: Partial<RunRecord> = {}): RunRecord {
  return runRecord({ startedAt: ago(hours + 0.5), heartbeatAt: ago(hours), finishedAt: ago(hours), ...more });
}

const open = { status: 'running', exitCode: null, finishedAt: null, summary: null } as const;
const underWay = (startedHoursAgo: number): RunRecord =>
  runRecord({ ...open, startedAt: ago(startedHoursAgo), heartbeatAt: NOW });
const silent = (startedHoursAgo: number): RunRecord =>
  runRecord({ ...open, startedAt: ago(startedHoursAgo), heartbeatAt: ago(startedHoursAgo) });
const bad = { status: 'findings', exitCode: 1 } as const;
/** Its last heartbeat is at most five minutes old. */
const isAlive = ({ heartbeatAt }: RunRecord): boolean => NOW.getTime() - heartbeatAt.getTime() <= 300_000;

function only(judgements: readonly Judgement[]): Judgement {
  expect(judgements).toHaveLength(1);
  const [one] = judgements;
  if (one === undefined) throw new Error('unreachable');
  return one;
}

/** What the runs of one scope and host come to, as data. */
const table: [string, RunRecord[], Judgement['verdict']][] = [
  ['no run at all', [], 'never_ran'],
  ['only runs that do not qualify', [endedAgo(1, { qualifying: false })], 'never_ran'],
  ['the first run under way', [underWay(1)], 'never_ran'],
  ['a good end in time', [endedAgo(25)], 'green'],
  ['a good end exactly in time', [endedAgo(26)], 'green'],
  ['a good end a moment too long ago', [endedAgo(26.001)], 'overdue'],
  [
    'a good end too long ago, whatever does not qualify since',
    [endedAgo(30), endedAgo(1, { qualifying: false })],
    'overdue',
  ],
  ['stopped by its window', [endedAgo(1, { status: 'partial', exitCode: 0 })], 'green'],
  ['findings', [endedAgo(1, bad)], 'ended_badly'],
  ['could not finish', [endedAgo(1, { status: 'incomplete', exitCode: 3 })], 'ended_badly'],
  ['a signal', [endedAgo(1, { status: 'interrupted', exitCode: 143 })], 'ended_badly'],
  ['findings, long ago', [endedAgo(300, bad)], 'ended_badly'],
  ['findings after a good end in time', [endedAgo(20), endedAgo(1, bad)], 'ended_badly'],
  ['findings before a good end', [endedAgo(20, bad), endedAgo(1)], 'green'],
  [
    'findings, and a run that does not qualify ended well since',
    [endedAgo(2, bad), endedAgo(1, { qualifying: false })],
    'ended_badly',
  ],
  [
    'a good end, and one that does not qualify ended badly since',
    [endedAgo(2), endedAgo(1, { ...bad, qualifying: false })],
    'green',
  ],
  ['silent for an hour', [silent(1)], 'died'],
  ['silent after a good end in time', [endedAgo(20), silent(1)], 'died'],
  ['closed as dead, without an exit code', [endedAgo(1, { status: 'incomplete', exitCode: null })], 'died'],
  [
    'found dead and closed by another',
    [endedAgo(1, { status: 'incomplete', exitCode: 3, summary: { error: { code: 'run.died' } } })],
    'died',
  ],
  ['died, and a good end since', [silent(20), endedAgo(1)], 'green'],
  ['under way after a good end in time', [endedAgo(25), underWay(1)], 'green'],
  ['under way after a good end too long ago', [endedAgo(30), underWay(1)], 'running_late'],
  ['under way after findings', [endedAgo(20, bad), underWay(1)], 'ended_badly'],
  ['under way after one that died', [silent(20), underWay(1)], 'died'],
  ['from tomorrow', [endedAgo(-24)], 'clock_skew'],
  ['from tomorrow, after a good end', [endedAgo(1), endedAgo(-24)], 'clock_skew'],
  [
    'started in time and ended tomorrow',
    [runRecord({ startedAt: ago(1), finishedAt: ago(-24) })],
    'clock_skew',
  ],
  ['under way with heartbeats from tomorrow', [runRecord({ ...open, heartbeatAt: ago(-24) })], 'clock_skew'],
  ['a clock that is a minute ahead', [endedAgo(-1 / 60)], 'green'],
];

describe('judge, of one scope and host', () => {
  it.each(table)('%s', (_, runs, verdict) => {
    expect(only(evaluateExpectations([expected], runs, NOW)).verdict).toBe(verdict);
  });

  it.each(table)('%s, in whatever order the runs arrive', (_, runs, verdict) => {
    expect(only(evaluateExpectations([expected], [...runs].reverse(), NOW)).verdict).toBe(verdict);
  });

  it('is green only if the newest qualifying run that is not in progress ended well in time', () => {
    const status = fc.constantFrom('ok', 'partial', 'findings', 'incomplete', 'interrupted', 'running');
    const run = fc
      .record({
        status,
        exitCode: fc.constantFrom(null, 0, 1, 3, 143),
        qualifying: fc.boolean(),
        started: fc.integer({ min: -2, max: 60 }),
        tookMinutes: fc.integer({ min: 0, max: 59 }),
        silent: fc.boolean(),
      })
      .map(({ started, tookMinutes, silent: isSilent, ...rest }) => {
        const startedAt = ago(started);
        const finishedAt = new Date(startedAt.getTime() + tookMinutes * 60_000);
        const isOpen = rest.status === 'running';
        const heartbeatAt = isOpen && !isSilent ? NOW : finishedAt;
        return runRecord({ ...rest, startedAt, heartbeatAt, finishedAt: isOpen ? null : finishedAt });
      });
    const unlike = fc.uniqueArray(run, { selector: (one) => one.startedAt.getTime(), maxLength: 6 });
    fc.assert(
      fc.property(unlike, (runs) => {
        const { verdict } = only(evaluateExpectations([expected], runs, NOW));
        if (verdict !== 'green') return;
        const [decisive] = runs
          .filter((one) => one.qualifying && !(one.status === 'running' && isAlive(one)))
          .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
        expect(decisive).toMatchObject({ exitCode: 0 });
        expect(decisive?.status).not.toBe('running');
        expect(decisive?.finishedAt?.getTime()).toBeGreaterThanOrEqual(ago(26).getTime());
        expect(
          runs
            .filter((one) => one.qualifying)
            .some((one) => one.startedAt.getTime() > NOW.getTime() + 300_000),
        ).toBe(false);
      }),
      { numRuns: caseCount(2_000) },
    );
  });
});

describe('judge', () => {
  it('has no verdict if nothing is expected', () => {
    expect(() => evaluateExpectations([], [runRecord()], NOW)).toThrowError(
      expect.objectContaining({ code: 'watchdog.nothing_expected', exitCode: 3 }),
    );
  });

  it('distinguishes scopes and hosts, each of which must be green', () => {
    const runs = [
      endedAgo(1),
      endedAgo(2, { host: 'host-b', ...bad }),
      endedAgo(40, { scope: 's3://other/' }),
      endedAgo(1, { job: 'checksums backfill', ...bad }),
    ];
    expect(
      evaluateExpectations([expected], runs, NOW).map(({ scope, host, verdict }) => [scope, host, verdict]),
    ).toEqual([
      ['s3://other/', 'host-a', 'overdue'],
      ['s3://scope/backups/', 'host-a', 'green'],
      ['s3://scope/backups/', 'host-b', 'ended_badly'],
    ]);
  });

  it('does not expect jobs that were only tried on a scope', () => {
    const trial = endedAgo(1, { scope: 's3://trial/', qualifying: false });
    expect(only(evaluateExpectations([expected], [endedAgo(1), trial], NOW))).toMatchObject({
      verdict: 'green',
    });
  });

  it('is red for a named scope and host that were never seen', () => {
    const named: Expectation = { ...expected, scope: 's3://never/', host: 'host-z' };
    expect(only(evaluateExpectations([named], [endedAgo(1)], NOW))).toMatchObject({
      verdict: 'never_ran',
      scope: 's3://never/',
      host: 'host-z',
    });
  });

  it('checks only the named host', () => {
    const runs = [endedAgo(1), endedAgo(1, { host: 'host-b', ...bad })];
    expect(only(evaluateExpectations([{ ...expected, host: 'host-a' }], runs, NOW)).verdict).toBe('green');
  });

  it('uses the host that ran last for host: "*"', () => {
    const any: Expectation = { ...expected, host: '*' };
    const runs = [endedAgo(30), endedAgo(1, { host: 'host-b' })];
    expect(only(evaluateExpectations([any], runs, NOW))).toMatchObject({ verdict: 'green', host: null });
    expect(
      only(evaluateExpectations([any], [endedAgo(2), endedAgo(1, { host: 'host-b', ...bad })], NOW)).verdict,
    ).toBe('ended_badly');
  });

  it('evaluates every expectation separately', () => {
    const strict: Expectation = { ...expected, withinMs: HOUR / 2 };
    const never: Expectation = { job: 'checksums backfill', withinMs: HOUR };
    const verdicts = evaluateExpectations([expected, strict, never], [endedAgo(1)], NOW).map(
      ({ verdict }) => verdict,
    );
    expect(verdicts).toEqual(['green', 'overdue', 'never_ran']);
  });

  it('reports how many runs it did not count', () => {
    const runs = [endedAgo(3, { qualifying: false }), endedAgo(2, { qualifying: false })];
    expect(only(evaluateExpectations([expected], runs, NOW)).notQualifying).toBe(2);
  });
});

describe('many scopes', () => {
  /** How often the scope of a run was read. */
  function workOf(scopes: number): number {
    let reads = 0;
    const runs = Array.from({ length: scopes }, (_, i) => {
      const run = endedAgo(1, { scope: `s3://b/${i}/`, qualifying: i % 3 > 0 });
      return Object.defineProperty(run, 'scope', {
        get: () => {
          reads += 1;
          return `s3://b/${i - (i % 3)}/`;
        },
      });
    });
    const judgements = evaluateExpectations([expected], runs, NOW);
    expect(judgements.reduce((sum, one) => sum + one.notQualifying, 0)).toBe(scopes / 3);
    return reads;
  }

  it('take work in proportion to their number', () => {
    expect(workOf(3000)).toBeLessThanOrEqual(10.5 * workOf(300));
  });
});
