import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.js';
import { Failure } from '../../../src/core/failure.js';
import { withRetries } from '../../../src/objectstore/decorators/backoff.js';
import { DEFAULT_RETRY } from '../../../src/objectstore/options.js';
import { TransientFailure } from '../../../src/objectstore/transient.js';

function handTurned(): { clock: Clock; slept: number[] } {
  let ms = 0;
  const slept: number[] = [];
  const sleep = async (wait: number): Promise<void> => {
    slept.push(wait);
    ms += wait;
  };
  return { clock: { now: () => new Date(0), monotonicMs: () => ms, sleep }, slept };
}

const transient = new TransientFailure('store.unavailable', 'for the moment');

/** Fails `times` times, then succeeds. */
function failing(times: number, error: Error): { attempt: () => Promise<string>; count: () => number } {
  let count = 0;
  const attempt = async (): Promise<string> => {
    count += 1;
    if (count <= times) throw error;
    return 'done';
  };
  return { attempt, count: () => count };
}

describe('retries', () => {
  it('wait for a random time below a limit that doubles up to a cap, and never longer in total than allowed', async () => {
    const policy = fc.record({
      attempts: fc.integer({ min: 1, max: 12 }),
      baseDelayMs: fc.integer({ min: 1, max: 1000 }),
      maxDelayMs: fc.integer({ min: 1, max: 10_000 }),
      totalMs: fc.integer({ min: 0, max: 30_000 }),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(policy, random, async (limits, jitter) => {
        const { clock, slept } = handTurned();
        const { attempt, count } = failing(Number.POSITIVE_INFINITY, transient);
        const tools = { policy: limits, clock, random: () => jitter };
        await expect(withRetries(tools, undefined, attempt)).rejects.toBe(transient);
        expect(count()).toBeLessThanOrEqual(limits.attempts);
        for (const [index, ms] of slept.entries()) {
          expect(ms).toBeLessThanOrEqual(Math.min(limits.maxDelayMs, limits.baseDelayMs * 2 ** index));
        }
        expect(slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(limits.totalMs + 1e-6);
      }),
    );
  });

  it.each([
    ['a final failure', new Failure('store.denied', 'no')],
    ['a bug', new TypeError('oops')],
  ])('are not made after %s', async (_name, error) => {
    const { clock } = handTurned();
    const { attempt, count } = failing(1, error);
    await expect(
      withRetries({ policy: DEFAULT_RETRY, clock, random: () => 0.5 }, undefined, attempt),
    ).rejects.toBe(error);
    expect(count()).toBe(1);
  });

  it('happen immediately after a failure whose cause was corrected', async () => {
    const { clock, slept } = handTurned();
    const { attempt } = failing(1, new TransientFailure('store.clock_skew', 'late', { retryAtOnce: true }));
    expect(await withRetries({ policy: DEFAULT_RETRY, clock, random: () => 0.5 }, undefined, attempt)).toBe(
      'done',
    );
    expect(slept).toEqual([0]);
  });

  it('stop when the signal is aborted, with its reason', async () => {
    const { clock } = handTurned();
    const { attempt, count } = failing(5, transient);
    const reason = new Error('enough');
    const tools = { policy: DEFAULT_RETRY, clock, random: () => 0.5 };
    await expect(withRetries(tools, AbortSignal.abort(reason), attempt)).rejects.toBe(reason);
    expect(count()).toBe(1);
  });
});
