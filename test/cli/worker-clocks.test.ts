import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differences } from '../support/registry-state.js';
import { type Registry, reported, SharedWorld } from '../support/shared-world.js';

const HOUR_MS = 3_600_000;
/** A host knows the database's time to within the way of a question, however busy both are. */
const UNSURE_MS = 20_000;
const other = join(import.meta.dirname, '../support/other-clock.mjs');

let world: SharedWorld;
beforeEach(() => {
  world = new SharedWorld();
});
afterEach(() => world.remove());

/** The options of a process whose clock is ahead by this much. */
function clockOf(aheadMs: number): Record<string, string> {
  return { NODE_OPTIONS: `--import ${other}`, CLOCK_AHEAD_MS: String(aheadMs) };
}

/** Every time that was written about rows and units. */
async function times({ database }: Registry): Promise<{ first: Date; last: Date; now: Date; kinds: number }> {
  const { rows } = await database.query<{ first: Date; last: Date; now: Date; kinds: number }>(
    `select min(at) as first, max(at) as last, clock_timestamp() as now, count(distinct kind)::integer as kinds from (
       select 'artifacts', (metadata->>'file_sha256_computed_at')::timestamptz from artifacts
         where jsonb_typeof(metadata) = 'object'
       union all select 'journal', at from salvor.journal
       union all select 'digests', computed_at from salvor.digests
       union all select 'drift', first_seen_at from salvor.drift
       union all select 'seen', last_seen_at from salvor.drift
       union all select 'reports', at from salvor.work_reports
       union all select 'units', unnest(array[started_at, touched_at, ended_at]) from salvor.work
     ) as t(kind, at) where at is not null`,
  );
  return rows[0] as { first: Date; last: Date; now: Date; kinds: number };
}

describe('hosts whose clocks are an hour or two apart', () => {
  it.each([-HOUR_MS, HOUR_MS])(
    'write and compare the time of the database when the run is %d ms off, and its workers to both sides',
    async (aheadMs) => {
      world.makeFiles(200);
      const alone = await world.registry(200);
      const shared = await world.registry(200);
      // So that neither worker does it all.
      const gate = world.gate();
      const { preload, env } = gate.options;
      const workers = [
        await world.worker(shared.config, { preload, env: { ...env, ...clockOf(HOUR_MS) } }),
        await world.worker(shared.config, { preload, env: { ...env, ...clockOf(-HOUR_MS) } }),
      ];
      const { now: before } = await times(shared);
      const running = shared.run('checksums backfill --distribute', { env: clockOf(aheadMs) });
      await shared.allBusy(workers);
      gate.open();
      const together = await running;
      expect(reported(together)).toEqual(reported(await alone.run('checksums backfill')));
      expect(await differences(shared.database, alone.database)).toEqual({});
      const { first, last, now, kinds } = await times(shared);
      expect(kinds).toBe(7);
      expect(first.getTime()).toBeGreaterThanOrEqual(before.getTime() - UNSURE_MS);
      expect(last.getTime()).toBeLessThanOrEqual(now.getTime() + UNSURE_MS);
      const { rows } = await shared.database.query<{ worker: string }>(
        'select distinct worker from salvor.work',
      );
      expect(rows.map(({ worker }) => worker).sort()).toEqual(workers.map(({ name }) => name).sort());
      // What was hashed a moment ago is not half an hour old.
      const again = await shared.run('checksums backfill --distribute --recheck-older-than 30m', {
        env: clockOf(aheadMs),
      });
      expect(again.json.summary).toMatchObject({ rows_updated: 0, rows_unchanged: 0 });
    },
  );
});
