import { describe, expect, it } from 'vitest';
import { isDatedInTheFuture } from '../../../src/core/future-date.js';
import { compileGlob, type Glob } from '../../../src/core/glob.js';
import { isoTime } from '../../../src/core/iso-time.js';
import { parseAllowlist } from '../../../src/jobs/listings/judge/allowlist.js';
import { NOW_MS } from '../../support/lister.js';
import { verifyBucket } from './world.js';

const DAY_MS = 86_400_000;
const listed = (key: string, more: object = {}) => [
  { key, ...more },
  { key: `${key}.list.txt`, ...more },
];

describe('an archive dated in the future', () => {
  const future = listed('h1/db-20260618.tar', { lastModifiedMs: NOW_MS + 30 * DAY_MS });
  const old = listed('h1/db-20260421.tar', { lastModifiedMs: NOW_MS - 28 * DAY_MS });

  it('does not silence --max-age, and is an error itself', async () => {
    const { codes, outcome } = await verifyBucket([...future, ...old], { maxAgeMs: 7 * DAY_MS });
    expect(codes).toEqual(['archive.backup_overdue', 'archive.future']);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.summary).toMatchObject({
      archives_future: 1,
      newest_archive_at: isoTime(NOW_MS - 28 * DAY_MS),
      targets: [{ errors: 2, archive_errors: 1, violations: 0 }],
    });
  });

  it('alone leaves a series that is overdue: nothing in it counts', async () => {
    const { findings } = await verifyBucket(future, { maxAgeMs: 7 * DAY_MS });
    expect(findings.find(({ code }) => code === 'archive.backup_overdue')).toMatchObject({
      message: 'every archive of this series is empty or dated in the future',
      detail: { newest_archive_at: null },
    });
  });

  it('may be so by the day in its name', async () => {
    const typo = listed('h1/db-20620518.tar');
    const datePattern = /(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)/u;
    const { codes } = await verifyBucket([...typo, ...listed('h1/db-20260518.tar')], { datePattern });
    expect(codes).toEqual(['archive.future']);
    // The local day of a host may have begun already.
    expect((await verifyBucket(listed('h1/db-20260519.tar'), { datePattern })).codes).toEqual([]);
  });

  it('outside the range of valid dates ends nothing', async () => {
    const { codes } = await verifyBucket(listed('h1/a.tar', { lastModifiedMs: 99_999_999_999_999_000 }));
    expect(codes).toEqual(['archive.future']);
  });

  it('on the allowlist is a warning', async () => {
    const allowlist = parseAllowlist('h1/**', 'list');
    const { outcome, findings } = await verifyBucket(future, { allowlist });
    expect(outcome.exitCode).toBe(0);
    expect(findings).toEqual([expect.objectContaining({ code: 'archive.future', severity: 'warning' })]);
  });
});

it('isDatedInTheFuture: within the grace and a minute, or within the time zones, is not', () => {
  const hour = 3_600_000;
  const minute = 60_000;
  expect(isDatedInTheFuture({ lastModifiedMs: NOW_MS + hour + minute }, NOW_MS, hour)).toBe(false);
  expect(isDatedInTheFuture({ lastModifiedMs: NOW_MS + hour + minute + 1 }, NOW_MS, hour)).toBe(true);
  const dates = { lastModifiedMs: NOW_MS, keyDayMs: NOW_MS + 14 * hour };
  expect(isDatedInTheFuture(dates, NOW_MS, 0)).toBe(false);
  expect(isDatedInTheFuture({ ...dates, keyDayMs: NOW_MS + 14 * hour + minute + 1 }, NOW_MS, 0)).toBe(true);
});

it('what was uploaded within the second that the Date header names is not in the future', () => {
  const dateHeaderMs = Date.parse('Sat, 28 Nov 2026 15:42:07 GMT');
  expect(isDatedInTheFuture({ lastModifiedMs: dateHeaderMs + 999 }, dateHeaderMs, 0)).toBe(false);
});

describe('an empty archive', () => {
  it('never counts as the newest', async () => {
    const objects = [
      ...listed('h1/a-1.tar', { lastModifiedMs: NOW_MS - 9 * DAY_MS }),
      { key: 'h1/a-2.tar', sizeBytes: 0 },
    ];
    const { codes, outcome } = await verifyBucket([...objects, 'h1/a-2.tar.list.txt'], {
      maxAgeMs: 7 * DAY_MS,
    });
    expect(codes).toEqual(['archive.backup_overdue', 'archive.empty']);
    expect(outcome.summary.archives_empty).toBe(1);
  });
});

describe('cold archives', () => {
  const cold = { storageClass: 'DEEP_ARCHIVE' };

  it('are counted, and a series causes a warning only if its newest archive is cold', async () => {
    const objects = [
      ...listed('h1/a-1.tar', { lastModifiedMs: NOW_MS - 9 * DAY_MS, ...cold }),
      ...listed('h1/a-2.tar'),
      ...listed('h2/b-1.tar', cold),
    ];
    const { findings, outcome } = await verifyBucket(objects);
    expect(findings.map(({ code, severity, subject }) => ({ code, severity, subject }))).toEqual([
      { code: 'archive.cold', severity: 'warning', subject: 's3://bucket/h2/b-#.tar' },
    ]);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.summary.archives_cold).toBe(2);
    expect(outcome.summary.partitions.map((one) => one.archives_cold)).toEqual([1, 1]);
    expect(outcome.summary.partitions[1]?.series[0]).toMatchObject({ newest_cold_class: 'DEEP_ARCHIVE' });
  });

  it('of a retired series cause no warning', async () => {
    const { codes } = await verifyBucket(listed('h2/b-1.tar', cold), {
      retired: [compileGlob('h2/**') as Glob],
    });
    expect(codes).toEqual([]);
  });
});
