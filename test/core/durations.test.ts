import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/core/durations.js';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['26h', 93_600_000],
    ['90d', 7_776_000_000],
    ['2w', 1_209_600_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '5', 'h', '1y', '-1h', '1h x', '1.5h', '999999999999w'])('%j is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: 'usage.duration', exitCode: 2 }),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [7, '7 ms'],
    [42_000, '42 s'],
    [59_600, '1m'],
    [185_000, '3m 5s'],
    [3_600_000, '1h'],
    [93_600_000, '1d 2h'],
  ])('%i ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});
