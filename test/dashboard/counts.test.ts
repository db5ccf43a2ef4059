import { expect, it } from 'vitest';
import { type CountParts, Counts } from '../../src/dashboard/reads/counts.js';

/** Counts whose queries return how often they have been run. */
function counted() {
  const asked: Record<string, number> = {};
  const count = (name: string) => async () => {
    asked[name] = (asked[name] ?? 0) + 1;
    return asked[name];
  };
  const asks = async (sql: string) => {
    if (sql.includes('from salvor.findings')) await count('open')();
    return { rows: [] };
  };
  const parts = {
    source: { stateSql: { query: asks }, ledgerSql: { query: asks }, watch: count('watch') },
    drift: { open: count('drift'), openByType: count('driftByType') },
    review: { counts: count('review') },
    runs: { newestPerScope: count('jobs'), lastVerified: count('verified') },
    now: () => 0,
  };
  const counts = new Counts(parts as unknown as CountParts);
  const names = ['drift', 'driftByType', 'review', 'jobs', 'watch'] as const;
  const ask = async () => {
    const answers = await Promise.all(names.map(async (name) => [name, await counts[name].get()] as const));
    await counts.open.get();
    return { ...Object.fromEntries(answers), open: asked.open };
  };
  return { counts, ask };
}

const once = { drift: 1, driftByType: 1, review: 1, jobs: 1, watch: 1, open: 1 };

it.each([
  { decided: ['drift'] as const, repeated: { drift: 2, driftByType: 2, open: 2 } },
  { decided: ['review'] as const, repeated: { review: 2 } },
  { decided: ['drift', 'review'] as const, repeated: { drift: 2, driftByType: 2, review: 2, open: 2 } },
])('a decision about $decided repeats only the affected queries', async ({ decided, repeated }) => {
  const { counts, ask } = counted();
  expect(await ask()).toEqual(once);
  expect(await ask()).toEqual(once);
  counts.forget(decided);
  expect(await ask()).toEqual({ ...once, ...repeated });
});
