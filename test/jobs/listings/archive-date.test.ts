import { describe, expect, it } from 'vitest';
import { archiveDate } from '../../../src/jobs/listings/judge/archive-date.js';

const pattern = /(?<y>\d{2,4})-(?<m>\d\d)-(?<d>\d\d)/u;
const modified = Date.UTC(2026, 4, 18, 3, 12);

describe('archiveDate', () => {
  it('is the last modification without a pattern', () => {
    expect(archiveDate('db-2020-01-01.tar', modified, undefined)).toEqual({
      dateMs: modified,
      madeMs: modified,
      byKey: false,
    });
  });

  it('is 00:00 UTC of the day in the key', () => {
    expect(archiveDate('db-2026-05-18.tar', modified, pattern).dateMs).toBe(Date.UTC(2026, 4, 18));
    expect(archiveDate('db-26-05-18.tar', modified, pattern).dateMs).toBe(Date.UTC(2026, 4, 18));
  });

  it.each(['db-2026-13-01.tar', 'db-2026-02-30.tar', 'db-2026-00-10.tar', 'db-latest.tar'])(
    'falls back to the last modification for %s',
    (key) => {
      expect(archiveDate(key, modified, pattern)).toEqual({
        dateMs: modified,
        madeMs: modified,
        byKey: false,
      });
    },
  );

  it('takes the hour from the last modification, and no later day than the key says', () => {
    expect(archiveDate('db-2026-05-18.tar', modified, pattern).madeMs).toBe(modified);
    const copiedLater = archiveDate('db-2026-05-10.tar', modified, pattern);
    expect(copiedLater.madeMs).toBe(Date.UTC(2026, 4, 11) - 1);
    const keyInLocalTime = archiveDate('db-2026-05-19.tar', modified, pattern);
    expect(keyInLocalTime.madeMs).toBe(modified);
  });
});
