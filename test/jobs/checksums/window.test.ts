import { describe, expect, it } from 'vitest';
import {
  isOpen,
  msUntilClosed,
  msUntilOpen,
  parseWindow,
} from '../../../src/jobs/checksums/pipeline/window.js';

const HOUR = 3_600_000;

describe('a window of time', () => {
  it.each([
    ['02:00-06:00', 'UTC', '2026-05-01T01:59:59Z', false],
    ['02:00-06:00', 'UTC', '2026-05-01T02:00:00Z', true],
    ['02:00-06:00', 'UTC', '2026-05-01T05:59:59Z', true],
    ['02:00-06:00', 'UTC', '2026-05-01T06:00:00Z', false],
    ['22:00-04:00', 'UTC', '2026-05-01T23:00:00Z', true],
    ['22:00-04:00', 'UTC', '2026-05-01T03:59:00Z', true],
    ['22:00-04:00', 'UTC', '2026-05-01T04:00:00Z', false],
    ['20:00-24:00', 'UTC', '2026-05-01T23:59:00Z', true],
    ['20:00-24:00', 'UTC', '2026-05-01T00:00:00Z', false],
    ['02:00-06:00', 'Europe/Berlin', '2026-05-01T00:30:00Z', true],
    ['02:00-06:00', 'Europe/Berlin', '2026-05-01T04:30:00Z', false],
    ['02:00-06:00', 'Asia/Kolkata', '2026-05-01T20:30:00Z', true],
  ])('%s in %s at %s: %s', (text, zone, at, open) => {
    expect(isOpen(parseWindow(text, zone), new Date(at))).toBe(open);
  });

  it.each<[string, string, string, number, number]>([
    ['02:00-06:00', 'UTC', '2026-05-01T01:30:00Z', 0.5 * HOUR, 0],
    ['02:00-06:00', 'UTC', '2026-05-01T07:00:30Z', 19 * HOUR - 30_000, 0],
    ['02:00-06:00', 'UTC', '2026-05-01T05:59:59.500Z', 0, 500],
    ['22:00-04:00', 'UTC', '2026-05-01T23:00:00Z', 0, 5 * HOUR],
    // Clocks go forward at 01:00 UTC on 2026-03-29: 02:00 to 03:00 is skipped, the window is an hour shorter.
    ['01:00-06:00', 'Europe/Berlin', '2026-03-29T00:00:00Z', 0, 4 * HOUR],
    ['02:00-06:00', 'Europe/Berlin', '2026-03-29T00:30:00Z', 0.5 * HOUR, 0],
    ['02:15-02:45', 'Europe/Berlin', '2026-03-29T00:30:00Z', 23.75 * HOUR, 0],
    // Clocks go back at 01:00 UTC on 2026-10-25: 02:00 to 03:00 comes twice, the window is an hour longer.
    ['02:00-06:00', 'Europe/Berlin', '2026-10-25T00:00:00Z', 0, 5 * HOUR],
  ])('%s in %s at %s opens in %d ms, closes in %d ms', (text, zone, at, opens, closes) => {
    const window = parseWindow(text, zone);
    expect(msUntilOpen(window, new Date(at))).toBe(opens);
    expect(msUntilClosed(window, new Date(at))).toBe(closes);
  });

  it.each([
    '',
    '2:00-6:00',
    '02:00',
    '02:00-02:00',
    '25:00-26:00',
    '02:60-03:00',
    '24:00-02:00',
    '02:00-24:01',
  ])('refuses %j', (text) => {
    expect(() => parseWindow(text, 'UTC')).toThrowError(
      expect.objectContaining({ code: 'usage.window', exitCode: 2 }),
    );
  });

  it('refuses an unknown time zone', () => {
    expect(() => parseWindow('02:00-06:00', 'Europe/Nowhere')).toThrowError(/not a time zone/);
  });
});
