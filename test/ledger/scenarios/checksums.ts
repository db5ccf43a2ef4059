import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import type { Scenario, Scenarios, Steps } from '../scenario.js';
import type { LedgerWorld } from '../world.js';
import { hashed, inRoot } from './places.js';

const of = (job: string, subject: string, steps: Steps): Scenario => ({
  run: job,
  job,
  exitCode: 1,
  subject: () => subject,
  arrange: hashed,
  ...steps,
});
const scrub = (subject: string, steps: Steps) => of('checksums verify', subject, steps);
const backfill = (subject: string, steps: Steps) => of('checksums backfill', subject, steps);

/** A file whose reading takes a second at this rate. */
const LARGE = 'x'.repeat(400_000);
const SLOWLY = 'checksums backfill --rate 400kB';

/**
 * Another program that changes row c whenever it is about to be written. Of its two sessions one holds the table, so that
 * it can be read and not written. Once somebody waits to write, the other asks for the table too, and only then does
 * the first change the row and let go: after the one who waited, nobody writes before the other session.
 */
async function contend(world: LedgerWorld): Promise<void> {
  const [first, second] = [new pg.Client(world.fresh.url), new pg.Client(world.fresh.url)];
  for (const session of [first, second]) {
    session.on('error', () => undefined);
    await session.connect();
  }
  const hold = (session: pg.Client) => session.query('begin; lock table artifacts in exclusive mode');
  const waiting = async (mode: string): Promise<boolean> => {
    const { rowCount } = await world.db.query(
      "select from pg_locks where relation = 'artifacts'::regclass and not granted and mode = $1",
      [mode],
    );
    return (rowCount ?? 0) > 0;
  };
  let [holder, next] = [first, second];
  let round = 0;
  await hold(holder);
  const stop = world.meanwhile(async () => {
    if (!(await waiting('RowExclusiveLock'))) return;
    const held = hold(next);
    await expect.poll(() => waiting('ExclusiveLock')).toBe(true);
    round += 1;
    await holder.query(
      `update artifacts set metadata = '{"file_size_bytes": ${round}}' where id = 'c'; commit`,
    );
    await held;
    [holder, next] = [next, holder];
  });
  endContention = async () => {
    await stop();
    await first.end();
    await second.end();
  };
}
let endContention: () => Promise<void> = async () => undefined;
let endWriting: () => Promise<void> = async () => undefined;

export const checksumScenarios: Scenarios = {
  'file.lost': scrub('a', {
    breaks: (world) => unlinkSync(inRoot(world, 'a')),
    fixes: (world) => void world.file('a', 'content of a'),
  }),
  'drift.detected': scrub('a', {
    breaks: (world) => void world.file('a', 'something else'),
    fixes: async (world) => {
      const { json } = await world.run('drift list');
      await world.run(`drift accept ${json.summary.drift[0].id}`);
    },
  }),
  'file.outside_root': backfill('c', {
    breaks: (world) => world.row('c', '../c'),
    fixes: async (world) => {
      world.file('c', 'c');
      await world.db.query("update artifacts set file_path = 'c' where id = 'c'");
    },
  }),
  'file.not_regular': backfill('c', {
    breaks: async (world) => {
      execFileSync('mkfifo', [inRoot(world, 'c')]);
      await world.row('c', 'c');
    },
    fixes: (world) => {
      unlinkSync(inRoot(world, 'c'));
      world.file('c', 'c');
    },
  }),
  // Every read at the start of a process's memory fails with EIO, as of a failing disk.
  'file.unreadable': backfill('c', {
    arrange: async (world) => {
      world.configure({ roots: [{ path: inRoot(world) }, { path: `/proc/${process.pid}` }] });
      await hashed(world);
    },
    breaks: (world) => world.row('c', 'mem'),
    fixes: async (world) => {
      await world.db.query("update artifacts set file_path = 'a' where id = 'c'");
    },
  }),
  'file.unstable': backfill('c', {
    thenRun: SLOWLY,
    breaks: async (world) => {
      world.file('c', LARGE);
      await world.row('c', 'c');
      endWriting = world.meanwhile(async () => appendFileSync(inRoot(world, 'c'), 'x'));
    },
    fixes: () => endWriting(),
    fixedBy: 'checksums backfill',
  }),
  'row.conflict': backfill('c', {
    breaks: async (world) => {
      world.file('c', 'c');
      await world.row('c', 'c');
      await contend(world);
    },
    fixes: () => endContention(),
  }),
  'row.bad_metadata': backfill('c', {
    breaks: async (world) => {
      world.file('c', 'c');
      await world.row('c', 'c');
      await world.db.query("update artifacts set metadata = '[1]' where id = 'c'");
    },
    fixes: async (world) => {
      await world.db.query("update artifacts set metadata = '{}' where id = 'c'");
    },
  }),
  'root.ambiguous': backfill('c', {
    arrange: async (world) => {
      mkdirSync(join(world.base, 'second'));
      writeFileSync(join(world.base, 'second/keep'), '');
      world.configure({ roots: [{ path: inRoot(world) }, { path: join(world.base, 'second') }] });
      await hashed(world);
    },
    breaks: async (world) => {
      world.file('c', 'one');
      writeFileSync(join(world.base, 'second/c'), 'another');
      await world.row('c', 'c');
    },
    fixes: (world) => unlinkSync(join(world.base, 'second/c')),
  }),
};
