import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
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
 * Another program that changes row c whenever it is about to be written: one of its two connections holds the row, and
 * lets go, changed, when somebody waits for it and the other connection waits behind them. PostgreSQL gives a row to
 * those who wait in their order, so the row is never free when it is read again.
 */
async function contend(world: LedgerWorld): Promise<void> {
  let [holder, next] = [new pg.Client(world.fresh.url), new pg.Client(world.fresh.url)];
  await Promise.all([holder.connect(), next.connect()]);
  let round = 0;
  const change = (client: pg.Client) => {
    round += 1;
    return client.query(
      `begin; update artifacts set metadata = '{"file_size_bytes": ${round}}' where id = 'c'`,
    );
  };
  const waiting = async () =>
    (
      await world.db.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
    ).rowCount ?? 0;
  await change(holder);
  let queued: Promise<unknown> | undefined;
  const stop = world.meanwhile(async () => {
    const count = await waiting();
    if (queued === undefined && count > 0) queued = change(next);
    else if (queued !== undefined && count > 1) {
      await holder.query('commit');
      await queued;
      queued = undefined;
      [holder, next] = [next, holder];
    }
  });
  endContention = async () => {
    await stop();
    await holder.end();
    await queued;
    await next.end();
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
