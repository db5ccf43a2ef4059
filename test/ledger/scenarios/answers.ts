import { rmdirSync, unlinkSync } from 'node:fs';
import type { LedgerWorld } from '../world.js';
import { hashed, inStore, storeUrl, tar } from './places.js';

/**
 * What a command answers at once that keeps no run: it tells its caller, by exit code and finding, and there is
 * nothing that could be open afterwards.
 */
export interface AnswerScenario {
  arrange(world: LedgerWorld): Promise<void>;
  run(world: LedgerWorld): Promise<string>;
  /** The command after `fixes`, where that is another. */
  again?(world: LedgerWorld): Promise<string>;
  exitCode: 1 | 3;
  subject(world: LedgerWorld): string;
  fixes(world: LedgerWorld): Promise<void> | void;
}

async function driftOf(world: LedgerWorld): Promise<string> {
  const { json } = await world.run('drift list');
  return json.summary.drift.map(({ id }: { id: string }) => id).join(' ');
}

export const answerScenarios: Readonly<Record<string, AnswerScenario>> = {
  'doctor.check': {
    arrange: async (world) => {
      world.file('a', 'a');
      world.configure({ backups: [{ url: storeUrl(world) }] });
      tar(world, 'h/a.tar');
      unlinkSync(inStore(world, 'h/a.tar'));
      rmdirSync(inStore(world, 'h'));
      rmdirSync(inStore(world));
    },
    run: async () => 'doctor',
    exitCode: 1,
    subject: (world) => `backups ${storeUrl(world)}`,
    fixes: (world) => tar(world, 'h/a.tar'),
  },
  'drift.refused': {
    arrange: async (world) => {
      await hashed(world);
      world.file('a', 'something else');
      await world.run('checksums verify');
    },
    run: async (world) => `drift accept ${await driftOf(world)} 999999`,
    again: async (world) => `drift accept ${await driftOf(world)}`,
    exitCode: 3,
    subject: () => '999999',
    fixes: async (world) => {
      world.file('b', 'something else as well');
      await world.run('checksums verify');
    },
  },
  'journal.refused': {
    arrange: async (world) => {
      await hashed(world);
      await world.db.query('create table kept as select * from artifacts');
      await world.db.query(`update artifacts set metadata = '{"file_sha256": "x"}' where id = 'a'`);
    },
    run: async (world) => {
      const { json } = await world.run('runs list');
      return `journal undo ${json.summary.runs[0].id}`;
    },
    exitCode: 1,
    subject: () => 'a',
    fixes: async (world) => {
      await world.db.query('update artifacts a set metadata = k.metadata from kept k where k.id = a.id');
    },
  },
  'sibling.exists': {
    arrange: async (world) => {
      world.file('a', 'a');
      tar(world, 'h/a.tar');
      world.put('store/h/a.tar.list.txt', 'of somebody');
    },
    run: async (world) => `listings build --upload ${storeUrl(world, 'h/a.tar')}`,
    exitCode: 1,
    subject: (world) => storeUrl(world, 'h/a.tar'),
    fixes: (world) => unlinkSync(inStore(world, 'h/a.tar.list.txt')),
  },
};
