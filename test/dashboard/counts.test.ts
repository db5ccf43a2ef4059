import { expect, it } from 'vitest';
import { type CountParts, Counts } from '../../src/dashboard/reads/counts.js';

/** Counts whose every question is noted, and answered with how often it was asked. */
function counted() {
  const asked: Record<string, number> = {};
  const count = (name: string) => async () => {
    asked[name] = (asked[name] ?? 0) + 1;
    return asked[name];
  };
  const parts = {
    source: { stateSql: { query: async () => ({ rows: [] }) }, watch: count('watch') },
    drift: { open: count('drift'), openByType: count('driftByType') },
    review: { waiting: count('review') },
    findings: { openViolations: count('violations'), openByCode: count('findings') },
    runs: { newestPerScope: count('jobs') },
    now: () => 0,
  };
  const counts = new Counts(parts as unknown as CountParts);
  const names = ['drift', 'driftByType', 'review', 'violations', 'findings', 'jobs', 'watch'] as const;
  const ask = async () => {
    const answers = await Promise.all(names.map(async (name) => [name, await counts[name].get()] as const));
    return Object.fromEntries(answers);
  };
  return { counts, ask };
}

const once = { drift: 1, driftByType: 1, review: 1, violations: 1, findings: 1, jobs: 1, watch: 1 };

it.each([
  { decided: ['drift'] as const, anew: { drift: 2, driftByType: 2 } },
  { decided: ['review'] as const, anew: { review: 2 } },
  { decided: ['drift', 'review'] as const, anew: { drift: 2, driftByType: 2, review: 2 } },
])('after a decision about $decided these are asked anew, and no others', async ({ decided, anew }) => {
  const { counts, ask } = counted();
  expect(await ask()).toEqual(once);
  expect(await ask()).toEqual(once);
  counts.forget(decided);
  expect(await ask()).toEqual({ ...once, ...anew });
});
