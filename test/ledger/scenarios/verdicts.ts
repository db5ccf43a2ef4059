import { unlinkSync } from 'node:fs';
import type { LedgerWorld } from '../world.js';
import { inRoot } from './places.js';

/** How the watchdog comes to a verdict about `checksums verify`, of which one run has ended well. */
export interface VerdictScenario {
  breaks(world: LedgerWorld): Promise<void>;
  fixes(world: LedgerWorld): Promise<void>;
}

export const JOB = 'checksums verify';
const NEWEST = `(select id from salvor.runs where job = '${JOB}' order by started_at desc limit 1)`;

/** Time passes, or a clock was wrong: all times of the newest run are moved. */
const shift = (world: LedgerWorld, interval: string): Promise<unknown> =>
  world.db.query(
    `update salvor.runs set started_at = started_at + $1::interval, heartbeat_at = heartbeat_at + $1::interval,
       finished_at = finished_at + $1::interval where id = ${NEWEST}`,
    [interval],
  );
/** As a process that was killed leaves it, or one that goes on. */
const unended = (world: LedgerWorld): Promise<unknown> =>
  world.db.query(
    `update salvor.runs set status = 'running', exit_code = null, finished_at = null, summary = null where id = ${NEWEST}`,
  );
const again = async (world: LedgerWorld): Promise<void> => void (await world.run(JOB));

export const verdictScenarios: Readonly<Record<string, VerdictScenario>> = {
  'watchdog.never_ran': {
    breaks: async (world) => void (await world.db.query('delete from salvor.runs where job = $1', [JOB])),
    fixes: again,
  },
  'watchdog.overdue': {
    breaks: async (world) => void (await shift(world, '-2 days')),
    fixes: again,
  },
  'watchdog.running_late': {
    breaks: async (world) => {
      await shift(world, '-2 days');
      await world.run(JOB);
      await unended(world);
    },
    fixes: again,
  },
  'watchdog.died': {
    breaks: async (world) => {
      await unended(world);
      await shift(world, '-1 hour');
    },
    fixes: again,
  },
  'watchdog.ended_badly': {
    breaks: async (world) => {
      unlinkSync(inRoot(world, 'a'));
      await world.run(JOB);
    },
    fixes: async (world) => {
      world.file('a', 'content of a');
      await world.run(JOB);
    },
  },
  'watchdog.still_red': {
    breaks: async (world) => {
      world.file('keep', 'so that the root is not empty');
      for (const id of ['a', 'b']) unlinkSync(inRoot(world, id));
      await world.run(JOB);
      for (const id of ['a', 'b']) world.file(id, `content of ${id}`);
      // Enough for one of them.
      await world.run(JOB, '--max-bytes', '12');
    },
    fixes: again,
  },
  'watchdog.clock_skew': {
    breaks: async (world) => void (await shift(world, '2 days')),
    fixes: async (world) => void (await shift(world, '-2 days')),
  },
};
