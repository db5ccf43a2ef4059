import { describe, expect, it } from 'vitest';
import { isDatedInTheFuture } from '../../src/core/future-date.js';

const NOW = Date.UTC(2026, 10, 28);
const GRACE = 3_600_000;
const MINUTE = 60_000;
const ZONE = 14 * 3_600_000;

describe('isDatedInTheFuture', () => {
  it.each([
    ['just within grace and clock tolerance', GRACE + MINUTE, false],
    ['a millisecond beyond', GRACE + MINUTE + 1, true],
    ['in the past', -1, false],
  ])('last modified %s', (_title, ahead, expected) => {
    expect(isDatedInTheFuture({ lastModifiedMs: NOW + ahead }, NOW, GRACE)).toBe(expected);
  });

  it.each([
    ['within the zone that is furthest ahead', GRACE + MINUTE + ZONE, false],
    ['a millisecond beyond it', GRACE + MINUTE + ZONE + 1, true],
  ])('a day in the key %s', (_title, ahead, expected) => {
    const dates = { lastModifiedMs: NOW, keyDayMs: NOW + ahead };
    expect(isDatedInTheFuture(dates, NOW, GRACE)).toBe(expected);
  });
});
