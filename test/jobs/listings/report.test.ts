import { describe, expect, it } from 'vitest';
import type { VerifyTarget } from '../../../src/jobs/listings/options.js';
import type { VerifyPorts } from '../../../src/jobs/listings/ports.js';
import { reportLines } from '../../../src/jobs/listings/report/report.js';
import type { ReportStyle } from '../../../src/jobs/listings/report/report-words.js';
import { MemoryFindings } from '../../support/ledger.js';
import { FakeLister, type FakeObject, NOW_MS } from '../../support/lister.js';
import { type Verified, verifyBucket, verifyStores } from './world.js';

const plain: ReportStyle = {
  columns: 98,
  bold: (text) => text,
  dim: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  warn: (text) => text,
};

function linesOf({ outcome, findings }: Verified, shown = findings.length, style = plain): string[] {
  return reportLines(
    {
      runId: '6f1c',
      scope: 's3://bucket/',
      outcome,
      findings: findings.slice(0, shown),
      findingsTotal: findings.length,
      elapsedMs: 1300,
    },
    style,
  );
}

async function report(
  objects: (FakeObject | string)[],
  options: Partial<VerifyTarget> = {},
  ports: Partial<VerifyPorts> = {},
): Promise<string[]> {
  return linesOf(await verifyBucket(objects, options, ports));
}

const GOOD = ['h1/good.tar', 'h1/good.tar.list.txt'];

describe('reportLines', () => {
  it('says in the first line that all is well, and requests no action', async () => {
    const lines = await report([...GOOD, { key: 'h1/a.tar', lastModifiedMs: NOW_MS }]);
    expect(lines[0]).toBe('OK  2 archives, no listings missing (1 pending)');
    expect(lines.join('\n')).not.toContain('What to do');
  });

  it('tells an operator what is wrong, where, since when, and what to do next', async () => {
    const findings = new MemoryFindings();
    const objects = [
      ...GOOD,
      { key: 'h1/db-2026-05-17.tar.gz', sizeBytes: 1_234_567_890 },
      'h2/a.tar',
      { key: 'h2/a.tar.list.txt', sizeBytes: 0 },
      'h2/b.tar.gz.gpg',
    ];
    const first = findings.begin();
    const before = await verifyBucket(objects.slice(0, 5), {}, { findings: first });
    first.settle(before.outcome.completePrefixes, new Date(NOW_MS - 4 * 86_400_000));
    expect(await report(objects, {}, { findings: findings.begin() })).toEqual([
      'FINDINGS  3 archives: 1 without a listing, 1 with a listing below the minimum size (0 allowed)',
      '  s3://bucket/',
      '  3 archives, 1.23 GB, newest 2026-05-17 06:00Z',
      '  6 keys in 1 request, 1 s; run 6f1c',
      '  violations since the last complete run: 0 new, 2 still open, 0 resolved',
      '',
      '   partition archives  present  missing    small  pending   exempt   newest',
      ' ! h1               2        1        1        0        0        0   2026-05-17 06:00Z',
      ' ! h2               1        0        0        1        0        0   2026-05-17 06:00Z',
      '',
      'Findings',
      '  listing.missing        s3://bucket/h1/db-2026-05-17.tar.gz',
      '    has no listing (1.23 GB, 2026-05-17 06:00Z), open since 2026-05-15 06:00Z',
      '  listing.too_small      s3://bucket/h2/a.tar',
      '    its listing has 0 B, less than the minimum of 1 B (10 B, 2026-05-17 06:00Z), open since',
      '    2026-05-15 06:00Z',
      '  archive.unrecognised   s3://bucket/h2/b.tar.gz.gpg',
      '    looks like an archive but has an unsupported extension (10 B, 2026-05-17 06:00Z), new',
      '',
      'What to do',
      '  - check why backups of h1, h2 are missing listings',
      '  - write the missing listings: salvor listings build s3://bucket/ --missing',
      '  - if these are known, accept them as the baseline and fail only on new ones:',
      '      salvor listings baseline accept 6f1c --write-config',
    ]);
  });

  it('puts what could not be verified before everything else, with its hint', async () => {
    const lines = await report([]);
    expect(lines[0]).toBe('INCOMPLETE  no archive was verified');
    expect(lines).toContain('  listings.empty_prefix  s3://bucket/');
    expect(lines).toContain('    hint: check the url; nothing was verified');
    expect(lines.at(-1)).toContain('until then the result is incomplete');
  });

  it('says why violations in the baseline do not count', async () => {
    const findings = new MemoryFindings();
    const first = findings.begin();
    const before = await verifyBucket([...GOOD, 'h1/old.tar'], {}, { findings: first });
    first.settle(before.outcome.completePrefixes, new Date(NOW_MS));
    findings.acceptBaseline();
    const lines = await report([...GOOD, 'h1/old.tar'], { failOn: 'new' }, { findings: findings.begin() });
    expect(lines[0]).toBe('OK  2 archives: 1 without a listing (1 in the baseline, 0 allowed)');
  });

  it('names what vanished and what is overdue', async () => {
    const partitions = [{ name: 'h2', url: 's3://bucket/', state: 'complete', archives_total: 4 }];
    const summary = { targets: [{ url: 's3://bucket/', partition_depth: 1 }], partitions };
    const lines = await report(
      GOOD,
      { maxAgeMs: 3_600_000 },
      { lastComplete: { finishedAt: new Date(NOW_MS), summary } },
    );
    expect(lines[0]).toBe('FINDINGS  1 archive: 2 overdue or vanished');
    expect(lines).toContain(' ! h2               0        0        0        0        0        0   VANISHED');
    expect(lines.slice(-2)).toEqual([
      '  - check what emptied s3://bucket/h2; if it is gone on purpose, add it to "retired"',
      '  - check the backup jobs of the overdue series; if a series has ended, add it to "retired"',
    ]);
  });

  it('fits terminals of 80 columns or more, and wraps nothing without a terminal', async () => {
    const objects = Array.from({ length: 30 }, (_, i) => `a-long-name-of-host-${i}/${i}.tar`);
    const verified = await verifyBucket(objects);
    const at = (columns: number | undefined): string[] => linesOf(verified, undefined, { ...plain, columns });
    const widest = (lines: string[]): number => Math.max(...lines.map((line) => line.length));
    expect(widest(at(80))).toBeLessThanOrEqual(80);
    expect(at(80)).toContain('   partition   archives present missing small pending exempt   newest');
    expect(at(40)).toEqual(at(80));
    expect(at(120)).toContain(
      '   partition            archives  present  missing    small  pending   exempt   newest',
    );
    expect(at(undefined).length).toBeLessThan(at(80).length);
    expect(widest(at(undefined))).toBeGreaterThan(100);
  });

  it('says how many findings it does not show', async () => {
    const verified = await verifyBucket(Array.from({ length: 30 }, (_, i) => `h1/${i}.tar`));
    const lines = linesOf(verified, 10);
    expect(lines).toContain('  and 20 more findings; use --findings FILE to get all');
  });

  it('of many partitions shows those with something wrong', async () => {
    const objects = Array.from({ length: 100 }, (_, i) => [`h${i}/a.tar`, `h${i}/a.tar.list.txt`]).flat();
    const lines = await report(objects.filter((key) => key !== 'h50/a.tar.list.txt'));
    expect(lines.filter((line) => line.startsWith(' ! '))).toHaveLength(1);
    expect(lines).toContain('   and 99 more partitions');
  });

  it('names the url of a partition where there are several', async () => {
    const stores = ['x/', 'y/'].map((prefix) => new FakeLister([`${prefix}h1/a.tar`], { prefix }));
    const lines = linesOf(await verifyStores(stores));
    expect(lines).toContain('   s3://bucket/x/');
    expect(lines).toContain('   s3://bucket/y/');
  });

  it('does not let a key move the cursor or color the terminal', async () => {
    const lines = await report(['h\u001b[2J1/a\u202e\n.tar']);
    const text = lines.join('');
    expect(text).toContain('s3://bucket/h\\u001b[2J1/a\\u202e\\u000a.tar');
    expect([...text].every((char) => char >= ' ' && char !== '\u202e')).toBe(true);
  });

  it('fits 100 columns, except for longer subjects', async () => {
    const lines = await report([
      'h1/a.tar',
      'h2/b.tar.gz.gpg',
      `h3/${'x'.repeat(200)}.tar`,
      `${'y'.repeat(60)}/c.tar`,
    ]);
    lines.push(
      ...(await report(['h1/a.tar', 'h1/a.tar.gz'], { canary: 'c.tar', maxAgeMs: 1, requireIndex: true })),
    );
    const long = lines.filter((line) => line.length > 100);
    expect(long).toEqual([`    s3://bucket/h3/${'x'.repeat(200)}.tar`]);
  });
});
