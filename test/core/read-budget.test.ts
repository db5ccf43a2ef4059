import { describe, expect, it } from 'vitest';
import { ReadBudget } from '../../src/core/read-budget.js';

const CHUNK = 64 * 1024;
const MB = 1e6;

/** Reads sizes in order, 5 MB each second of a clock of its own, as a run does. */
function read(
  sizes: readonly number[],
  maxMs: number,
): { of: Record<number, string>; spentMs: number; why: string } {
  let nowMs = 0;
  const budget = new ReadBudget(maxMs, () => nowMs);
  const of: Record<number, string> = {};
  let why = '';
  for (const size of sizes) {
    if (budget.isOver) {
      of[size] = 'later';
      continue;
    }
    let fit = budget.begin(size);
    for (let at = 0; fit === 'fits' && at < size; at += CHUNK) {
      nowMs += CHUNK / 5000;
      fit = budget.read(CHUNK);
    }
    of[size] = fit;
    if (fit === 'never') why = budget.explain(size);
  }
  return { of, spentMs: nowMs, why };
}

describe('ReadBudget', () => {
  it('three that never fit come first: all small ones are read, and each large one is reported with the time it needs', () => {
    const giants = [150 * MB, 151 * MB, 152 * MB];
    const tiny = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 1000);
    const { of, spentMs, why } = read([...giants, ...tiny], 6000);
    for (const size of giants) expect(of[size]).toBe('never');
    for (const size of tiny) expect(of[size]).toBe('fits');
    // A tenth for the first; none for the others, and a chunk for each small one.
    expect(spentMs).toBeLessThan(1000);
    expect(why).toBe('152 MB need about 30 s at 5.00 MB/s, and a run has 6 s');
  });

  it('one that just fits is read to its end, and one that does not fit into the rest is postponed', () => {
    const { of } = read([20 * MB, 25 * MB, 4 * MB], 6000);
    expect(of).toEqual({ [20 * MB]: 'fits', [25 * MB]: 'later', [4 * MB]: 'fits' });
  });

  it('one that needs a little more than a run is abandoned at half of the time', () => {
    const { of, spentMs } = read([33 * MB], 6000);
    expect(of[33 * MB]).toBe('never');
    expect(spentMs).toBeLessThan(3100);
  });

  it('without a limit everything fits, and with a limit of zero nothing does', () => {
    expect(read([MB, 500 * MB], Number.POSITIVE_INFINITY).of).toEqual({ [MB]: 'fits', [500 * MB]: 'fits' });
    expect(read([MB], 0).of).toEqual({ [MB]: 'later' });
  });
});
