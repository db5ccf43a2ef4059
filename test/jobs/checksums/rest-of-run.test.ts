import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.js';
import { LEAST_PART_BYTES, RestOfRun } from '../../../src/jobs/checksums/pipeline/rest-of-run.js';
import { parseWindow } from '../../../src/jobs/checksums/pipeline/window.js';

const MB = 1_000_000;

class HandClock implements Clock {
  ms = 0;
  now = (): Date => new Date(Date.parse('2026-05-01T02:00:00Z') + this.ms);
  monotonicMs = (): number => this.ms;
  sleep = async (): Promise<void> => undefined;
}

describe('what fits into the rest of a run', () => {
  it('is what can be read in the remaining time, minus what was started before', () => {
    const clock = new HandClock();
    let read = 0;
    const rest = new RestOfRun({ maxDurationMs: 10_000, bytesPerSecond: MB }, clock, () => read);
    expect(rest.takeOn(20 * MB)).toBe(false);
    expect(rest.takeOn(6 * MB)).toBe(true);
    expect(rest.takeOn(6 * MB)).toBe(false);
    clock.ms = 6000;
    read = 6 * MB;
    rest.finished(6 * MB);
    expect(rest.takeOn(5 * MB)).toBe(false);
    expect(rest.takeOn(3 * MB)).toBe(true);
  });

  it('ends with the window', () => {
    const clock = new HandClock();
    const window = parseWindow('02:00-02:10', 'UTC');
    const rest = new RestOfRun({ window, bytesPerSecond: MB }, clock, () => 0);
    expect(rest.takeOn(700 * MB)).toBe(false);
    expect(rest.takeOn(300 * MB)).toBe(true);
  });

  it('without an end is everything except what a signal would most likely interrupt', () => {
    const rest = new RestOfRun({ bytesPerSecond: MB }, new HandClock(), () => 0);
    expect(rest.takeOn(400 * MB)).toBe(true);
    expect(new RestOfRun({ bytesPerSecond: MB }, new HandClock(), () => 0).takeOn(700 * MB)).toBe(false);
  });

  it('uses the measured speed if there is no rate limit', () => {
    const clock = new HandClock();
    let read = 0;
    const rest = new RestOfRun({ maxDurationMs: 20_000 }, clock, () => read);
    clock.ms = 10_000;
    read = 10 * MB;
    expect(rest.isHalfGone).toBe(true);
    expect(rest.takeOn(20 * MB)).toBe(false);
    expect(rest.takeOn(8 * MB)).toBe(true);
  });

  it('always has room for a small file', () => {
    fc.assert(
      fc.property(fc.nat(LEAST_PART_BYTES - 1), fc.nat(100_000), (size, ms) => {
        const clock = new HandClock();
        const rest = new RestOfRun({ maxDurationMs: 1, bytesPerSecond: 1 }, clock, () => 0);
        clock.ms = ms;
        expect(rest.takeOn(size)).toBe(true);
      }),
    );
  });
});
