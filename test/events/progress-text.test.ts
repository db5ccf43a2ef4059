import { describe, expect, it } from 'vitest';
import { progressReporter } from '../../src/events/progress-reporter.js';
import { progressText } from '../../src/events/progress-text.js';

describe('progressText', () => {
  it('shows count, share, rate and remaining time', () => {
    const text = progressText(
      { type: 'progress', unit: 'rows', done: 2500, total: 10_000, detail: { drift: 3 } },
      5000,
    );
    expect(text).toBe('2,500 rows of 10,000 (25%) · 500/s · 15 s left · 3 drift');
    const one = progressText({ type: 'progress', unit: 'rows', done: 1, total: 2, detail: { pages: 1 } }, 0);
    expect(one).toBe('1 row of 2 (50%) · 1 page');
  });

  it('shows no share if the total is unknown', () => {
    expect(progressText({ type: 'progress', unit: 'bytes', done: 5e9 }, 10_000)).toBe('5.00 GB · 500 MB/s');
    expect(progressText({ type: 'progress', unit: 'keys', done: 0 }, 0)).toBe('0 keys');
  });
});

describe('progressReporter', () => {
  it('draws at most five times a second, and names cannot control the terminal', () => {
    let nowMs = 0;
    const written: string[] = [];
    const clock = { now: () => new Date(0), monotonicMs: () => nowMs, sleep: async () => undefined };
    const reporter = progressReporter({ write: (text) => written.push(text), columns: 60 }, clock);
    for (nowMs = 0; nowMs < 1000; nowMs += 10) {
      reporter.emit({ type: 'progress', unit: 'keys', done: nowMs, detail: { partition: 'a\u001b[2Jb' } });
    }
    reporter.clear();
    expect(written).toHaveLength(6);
    expect(written[0]).toContain('partition a?[2Jb');
    for (const text of written) expect(text.replace('\r\u001b[2K', '').length).toBeLessThan(60);
  });
});
