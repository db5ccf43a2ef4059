import { describe, expect, it } from 'vitest';
import { checksumReport } from '../../../src/jobs/checksums/report/report.js';
import { RESULTS } from '../../../src/jobs/checksums/report/results.js';
import { errorRows, requireAccounted, Tally } from '../../../src/jobs/checksums/report/summary.js';

const plain = {
  good: (t: string) => t,
  bad: (t: string) => t,
  warn: (t: string) => t,
  dim: (t: string) => t,
};

function summaryOf(tally: Tally) {
  return {
    ...tally.total,
    drift_open: 0,
    bytes_hashed: 2_000_000,
    elapsed_ms: 1000,
    stopped_by: null,
    by_type: tally.byType(),
  };
}

describe('the count', () => {
  it('gives each result its own field, and they add up in total and per type', () => {
    const tally = new Tally();
    tally.expect('a', RESULTS.length);
    tally.expect(null, 2);
    for (const result of RESULTS) tally.result('a', result);
    tally.result(null, 'updated');
    const summary = summaryOf(tally);
    requireAccounted(summary);
    expect(summary).toMatchObject({ rows_scanned: 15, rows_updated: 2, rows_lost: 1, rows_remaining: 1 });
    expect(summary.by_type['(none)']).toMatchObject({ rows_scanned: 1, rows_remaining: 1 });
    expect(errorRows(summary)).toBe(6);
    tally.foundDone(null);
    expect(summaryOf(tally)).toMatchObject({ rows_remaining: 0, rows_already_done: 1, rows_scanned: 15 });
  });

  it('that does not add up is a bug', () => {
    const tally = new Tally();
    tally.result('a', 'updated');
    expect(() => requireAccounted({ ...summaryOf(tally), rows_updated: 2 })).toThrow('add up to 2, not to 1');
  });

  it('handles types named like properties', () => {
    const tally = new Tally();
    tally.result('__proto__', 'updated');
    expect(Object.keys(tally.byType())).toEqual(['__proto__']);
  });
});

describe('the report', () => {
  it('shows what exists, omits columns of zeros, and makes hostile names harmless', () => {
    const tally = new Tally();
    tally.result('data\u001b[31mset', 'updated');
    tally.result('model', 'drift');
    const summary = { ...summaryOf(tally), drift_open: 1 };
    const text = checksumReport(
      {
        outcome: { status: 'findings', exitCode: 1, summary },
        findings: [{ code: 'drift.detected', severity: 'error', subject: '1', message: 'drift \u001b[2J' }],
        findingsTotal: 3,
      },
      plain,
    );
    expect(text.split('\n')).toEqual([
      'drift.detected  drift \\u001b[2J',
      '… and 2 more; use --findings FILE to get all',
      '',
      'type               scanned  updated  drift',
      'data\\u001b[31mset        1        1      0',
      'model                    1        0      1',
      'all                      2        1      1',
      '',
      'Done, with findings: 2.00 MB read in 1 s (2.00 MB/s)',
      '1 drift entry needs a decision: salvor drift list',
      '',
    ]);
  });

  it('has one line per type, which can wrap, if the table is wider than the terminal', () => {
    const tally = new Tally();
    const results = [
      'updated',
      'drift',
      'no_file',
      'lost',
      'pointer',
      'outside_root',
      'unreadable',
      'conflict',
    ];
    for (const result of results) tally.result('dataset', result as 'updated');
    const outcome = { status: 'findings' as const, exitCode: 1 as const, summary: summaryOf(tally) };
    const report = { outcome, findings: [], findingsTotal: 0 };
    expect(checksumReport(report, { ...plain, columns: 80 }).split('\n')[0]).toBe(
      'dataset: 8 scanned, 1 updated, 1 drift, 1 no file, 1 lost, 1 pointer, 1 outside root, 1 unreadable, 1 conflict',
    );
    expect(checksumReport(report, { ...plain, columns: 132 }).split('\n')[0]).toMatch(/^type {5}scanned {2}/);
    expect(checksumReport(report, plain)).toBe(checksumReport(report, { ...plain, columns: 132 }));
  });

  it.each([
    ['dry run', 'Dry run: nothing was written.'],
    ['script', 'Nothing was written to the registry: run the SQL script to apply all changes'],
  ] as const)('of a %s says so, and points at nothing that is not there', (unwritten, words) => {
    const summary = { ...summaryOf(new Tally()), drift_open: 2, stopped_by: 'limit' as const };
    const outcome = { status: 'findings' as const, exitCode: 1 as const, summary };
    const text = checksumReport({ outcome, findings: [], findingsTotal: 0, unwritten }, plain);
    expect(text).toContain(words);
    expect(text).toContain('2 drift entries would need a decision');
    expect(text).not.toMatch(/salvor drift list|goes on from here/);
  });

  it('says what stopped it, and what a scrub covers', () => {
    const summary = {
      ...summaryOf(new Tally()),
      stopped_by: 'window' as const,
      oldest_unverified_at: '2026-01-01T00:00:00Z',
      rows_never_verified: 2,
      period_met: false,
    };
    const text = checksumReport(
      { outcome: { status: 'partial', exitCode: 0, summary }, findings: [], findingsTotal: 0 },
      plain,
    );
    expect(text).toContain('Partly done: ');
    expect(text).toContain(
      'Least recently verified file: 2026-01-01T00:00:00Z\nNot every file was read within the period.\n2 rows have no digest yet',
    );
    expect(text).toContain('Stopped by its window; 0 rows remain.');
  });
});
