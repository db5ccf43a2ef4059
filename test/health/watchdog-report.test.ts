import { describe, expect, it } from 'vitest';
import { codes } from '../../src/core/codes.js';
import { type Expectation, evaluateExpectations } from '../../src/health/watchdog.js';
import { watchdogFindings, watchdogLines, watchdogSummary } from '../../src/health/watchdog-report.js';
import type { RunRecord } from '../../src/registry/port.js';
import { NOW, runRecord } from './samples.js';

const HOUR = 3_600_000;
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);
const on = (scope: string, hours: number, more: Partial<RunRecord> = {}): RunRecord =>
  runRecord({
    id: `run-${scope}-${hours}`,
    scope,
    startedAt: ago(hours),
    heartbeatAt: ago(hours),
    finishedAt: ago(hours),
    ...more,
  });
const open = { status: 'running', exitCode: null, finishedAt: null } as const;

const expected: Expectation[] = [
  { job: 'listings verify', withinMs: 26 * HOUR },
  { job: 'checksums backfill', withinMs: 8 * 24 * HOUR },
];
const judgements = evaluateExpectations(
  expected,
  [
    on('bad', 1, { status: 'findings', exitCode: 1 }),
    on('dead', 2, open),
    on('good', 3),
    on('late', 40),
    on('later', 50),
    on('later', 1, { ...open, heartbeatAt: NOW }),
    on('new', 1, { ...open, heartbeatAt: NOW }),
    on('skewed', -48),
  ],
  NOW,
);

describe('watchdogLines', () => {
  it('lists the red ones first, each with its reason, and a summary as the last line', () => {
    expect(watchdogLines(judgements)).toEqual([
      'ended badly   listings verify on bad from host-a: run run-bad-1 ended with status findings (exit code 1) 1h ago; see: salvor runs show run-bad-1',
      'died          listings verify on dead from host-a: run run-dead-2 died: no heartbeat for 2h',
      'overdue       listings verify on late from host-a: last ended successfully 1d 16h ago; expected within 1d 2h',
      'running late  listings verify on later from host-a: last ended successfully 2d 2h ago; expected within 1d 2h; a run has been active since 2026-06-02T01:00:00.000Z',
      'never ran     listings verify on new from host-a: no qualifying run has ended yet; the first has been active since 2026-06-02T01:00:00.000Z',
      'clock skew    listings verify on skewed from host-a: run run-skewed--48 started in the future (2026-06-04T02:00:00.000Z): a clock is wrong',
      'never ran     checksums backfill: no qualifying run was ever seen',
      'green         listings verify on good from host-a: ended with status ok (exit code 0) 3h ago, within 1d 2h',
      'watchdog: RED, 7 of 8 expected jobs overdue or failing',
    ]);
  });

  it('says so if all is green', () => {
    const lines = watchdogLines(evaluateExpectations(expected.slice(0, 1), [on('good', 3)], NOW));
    expect(lines.at(-1)).toBe('watchdog: green, all 1 as expected');
  });

  it('does not let a scope control the terminal', () => {
    const lines = watchdogLines(
      evaluateExpectations(expected.slice(0, 1), [on('a\u001b[2Jb\nwatchdog: green', 3)], NOW),
    );
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/[\u001b\n]/);
  });

  it('counts the runs that do not qualify', () => {
    const lines = watchdogLines(
      evaluateExpectations(expected.slice(0, 1), [on('x', 1, { qualifying: false })], NOW),
    );
    expect(lines[0]).toContain('no qualifying run was ever seen (1 did not qualify)');
  });
});

describe('watchdogFindings', () => {
  it('has an error for everything that is red, with a code that is documented', () => {
    const findings = watchdogFindings(judgements);
    expect(findings.map(({ code, subject }) => [code, subject])).toEqual([
      ['watchdog.ended_badly', 'bad'],
      ['watchdog.died', 'dead'],
      ['watchdog.overdue', 'late'],
      ['watchdog.running_late', 'later'],
      ['watchdog.never_ran', 'new'],
      ['watchdog.clock_skew', 'skewed'],
      ['watchdog.never_ran', 'checksums backfill'],
    ]);
    for (const { code, severity } of findings) {
      expect(severity).toBe('error');
      expect(codes[code]?.kind).toBe('error');
    }
  });
});

describe('watchdogSummary', () => {
  it('adds up', () => {
    const { judgements: all, expected: total, red, green, ...verdicts } = watchdogSummary(judgements);
    expect({ total, red, green }).toEqual({ total: 8, red: 7, green: 1 });
    expect(verdicts).toEqual({
      still_red: 0,
      never_ran: 2,
      overdue: 1,
      running_late: 1,
      died: 1,
      ended_badly: 1,
      clock_skew: 1,
    });
    expect(all).toHaveLength(8);
    expect(all[2]).toMatchObject({
      scope: 'good',
      verdict: 'green',
      age_ms: 3 * HOUR,
      last_ended_exit_code: 0,
    });
  });
});
