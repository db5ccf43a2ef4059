import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Registry, SharedWorld } from '../support/shared-world.js';

const MB = 1_000_000;
const GIANT = Buffer.alloc(2 * MB, 'giant');
const SMALL = 30;

let world: SharedWorld;
let registry: Registry;
beforeEach(async () => {
  world = new SharedWorld();
  registry = await world.registry(0);
  await registry.database.query(
    `insert into artifacts select i, 'dataset', 'f' || i, '{}', 'h' from generate_series(0, $1::int) as i`,
    [SMALL],
  );
  writeFileSync(join(world.root, 'f0'), GIANT);
  for (let i = 1; i <= SMALL; i += 1) writeFileSync(join(world.root, `f${i}`), `content of ${i}\n`);
});
afterEach(() => world.remove());

async function kept(): Promise<number[]> {
  const { rows } = await registry.database.query<{ offset: number }>(
    'select offset_bytes as offset from salvor.partial_reads',
  );
  return rows.map(({ offset }) => offset);
}

async function sha256OfGiant(): Promise<string | null> {
  const { rows } = await registry.database.query<{ sha256: string | null }>(
    `select metadata ->> 'file_sha256' as sha256 from artifacts where id = 0`,
  );
  return rows[0]?.sha256 ?? null;
}

describe('a file that does not fit into a shared run', () => {
  it('is verified over several runs by its bytes, and all small ones in each', async () => {
    await registry.run('checksums backfill');
    await registry.database.query(
      `update artifacts set metadata = metadata || '{"file_sha256_computed_at": "2026-01-01T00:00:00.000Z"}' where id = 0`,
    );
    await world.worker(registry.config);
    let bytes = 0;
    for (let run = 1; ; run += 1) {
      const { json } = await registry.run('checksums verify --distribute --max-bytes 1500000');
      bytes += json.summary.bytes_hashed as number;
      expect(json.summary.bytes_hashed).toBeLessThanOrEqual(1_500_000);
      expect(json.summary.rows_unchanged).toBeGreaterThanOrEqual(SMALL);
      if (json.summary.rows_unchanged === SMALL + 1) break;
      expect(json.summary).toMatchObject({ rows_partial: 1, rows_remaining: 1, stopped_by: 'limit' });
      expect(await kept()).toHaveLength(1);
      const { partial_reads: progress } = (await registry.run('status')).json.summary;
      expect(progress).toMatchObject({ files: 1, total_bytes: GIANT.length, done_bytes: (await kept())[0] });
      expect(json.summary.partial_progress).toEqual(progress);
      if (run > 10) throw new Error('it is never finished');
    }
    expect(bytes % 1000).toBeGreaterThan(0);
    expect(await kept()).toEqual([]);
  });

  it('is read in parts by a worker at a rate at which it takes long, kept when the run is stopped, and continued', async () => {
    await world.worker(registry.config);
    // At this rate the giant takes eleven minutes, and what is small no time at all.
    let stop: () => void = () => undefined;
    const running = registry.run('checksums backfill --distribute --rate 3KB/s', {
      started: (child) => {
        stop = () => child.kill('SIGTERM');
      },
    });
    await expect.poll(async () => (await kept())[0] ?? 0).toBeGreaterThan(0);
    stop();
    const { json } = await running;
    expect(json.summary).toMatchObject({
      rows_updated: SMALL,
      rows_partial: 1,
      rows_remaining: 1,
      stopped_by: 'signal',
    });
    expect(await sha256OfGiant()).toBeNull();
    const [offset = 0] = await kept();
    const rest = await registry.run('checksums backfill --distribute');
    expect(rest.json.summary).toMatchObject({ rows_updated: 1, rows_remaining: 0, stopped_by: null });
    expect(offset).toBeLessThan(GIANT.length);
    expect(await sha256OfGiant()).toBe(createHash('sha256').update(GIANT).digest('hex'));
    expect(await kept()).toEqual([]);
  });
});
