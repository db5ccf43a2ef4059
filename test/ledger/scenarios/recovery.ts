import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readPlan, writePlan } from '../../support/plan-text.js';
import type { Scenario, Scenarios, Steps } from '../scenario.js';
import type { LedgerWorld } from '../world.js';
import { flip, hashed, inRoot, inStore, object, storeUrl, tar } from './places.js';

const PATH = 'datasets/liver_tpm.csv';
const CONTENT = 'gene,value\nliver,1\n';
const TYPES = { dataset: { directories: ['datasets'], extensions: ['.csv'] } };

const worktree = (world: LedgerWorld, path = ''): string => join(world.base, 'worktree', path);

function configure(world: LedgerWorld, recovery: Record<string, unknown> = {}): void {
  const sources = [{ directory: worktree(world) }, { archives: storeUrl(world) }];
  world.configure({ recovery: { sources, types: TYPES, ...recovery } });
}

/** Files a and b; a directory of worktrees and a backup, in which nothing is that anybody misses. */
async function searched(world: LedgerWorld): Promise<void> {
  mkdirSync(worktree(world));
  configure(world);
  await hashed(world);
  tar(world, 'h/a-1.tar');
  await world.run('listings build --missing', storeUrl(world));
}

/** Row c, whose file is gone from its place and is in the worktree. */
async function missing(world: LedgerWorld): Promise<void> {
  world.put(`worktree/${PATH}`, CONTENT);
  await world.row('c', PATH);
}

/** What a plan that binds row c comes to when something changes before it is applied. */
const stale = (steps: {
  changes: (world: LedgerWorld) => Promise<void> | void;
  fixes: Scenario['fixes'];
  fixedBy?: string;
}): Scenario => ({
  run: 'recovery run',
  thenRun: 'recovery apply',
  fixedBy: steps.fixedBy ?? 'recovery apply',
  job: 'recovery',
  exitCode: 1,
  subject: () => 'c',
  arrange: searched,
  breaks: async (world) => {
    await missing(world);
    await world.run('recovery plan');
    await steps.changes(world);
  },
  fixes: steps.fixes,
});

/** Row c is only in an archive, which no plan can read ahead: something else has the place of the cache. */
const unread = (content: string): Scenario => ({
  run: 'recovery run',
  job: 'recovery',
  exitCode: 1,
  subject: () => 'c',
  arrange: searched,
  breaks: async (world) => {
    await world.row('c', PATH);
    archive(world, content);
    world.put('here/.salvor/cache', '');
  },
  fixes: (world) => {
    archive(world, CONTENT);
    unlinkSync(join(world.base, 'here/.salvor/cache'));
  },
});

/** An archive without an index; its listing tells of a file of the right size. */
function archive(world: LedgerWorld, content: string): void {
  world.put(`made/${PATH}`, content);
  execFileSync('tar', ['-C', join(world.base, 'made'), '-czf', inStore(world, 'h/a-2.tar.gz'), PATH]);
  object(world, 'h/a-2.tar.gz', readFileSync(inStore(world, 'h/a-2.tar.gz')));
  const listing = `-rw-r--r-- u/g ${CONTENT.length} 2026-01-01 00:00 ${PATH}\n`;
  writeFileSync(inStore(world, 'h/a-2.tar.gz.list.txt'), listing);
}

const drill = (steps: Steps): Scenario => ({
  run: 'recovery drill',
  job: 'recovery drill',
  exitCode: 1,
  subject: () => 'a',
  arrange: searched,
  ...steps,
});

export const recoveryScenarios: Scenarios = {
  'source.failed': {
    run: 'recovery plan',
    job: 'recovery plan',
    exitCode: 3,
    subject: (world) => `directory ${worktree(world)}`,
    arrange: searched,
    breaks: (world) => {
      unlinkSync(inRoot(world, 'a'));
      rmdirSync(worktree(world));
    },
    fixes: (world) => void mkdirSync(worktree(world)),
  },
  'source.unknown': stale({
    changes: (world) => configure(world, { sources: [{ archives: storeUrl(world) }] }),
    fixes: (world) => configure(world),
  }),
  'candidate.changed': stale({
    changes: (world) => void world.put(`worktree/${PATH}`, `${CONTENT}kidney,2\n`),
    fixes: () => undefined,
    fixedBy: 'recovery run',
  }),
  'decision.changed': stale({
    changes: async (world) => void (await world.run('recovery review reject c --note wrong')),
    fixes: () => undefined,
    fixedBy: 'recovery run',
  }),
  'destination.exists': stale({
    changes: (world) => void world.file(PATH, 'of somebody else'),
    fixes: (world) => unlinkSync(inRoot(world, PATH)),
  }),
  'destination.unsafe': stale({
    changes: (world) => {
      mkdirSync(join(world.base, 'outside'));
      symlinkSync(join(world.base, 'outside'), inRoot(world, 'datasets'));
    },
    fixes: (world) => unlinkSync(inRoot(world, 'datasets')),
  }),
  // Nobody can make a directory in /proc, whatever rights they have.
  'destination.failed': {
    run: 'recovery run',
    job: 'recovery',
    exitCode: 1,
    subject: () => 'c',
    arrange: searched,
    breaks: async (world) => {
      await missing(world);
      configure(world, { destination: `/proc/${process.pid}` });
    },
    fixes: (world) => configure(world),
  },
  // A plan that Salvor makes has read such a content; one that somebody else wrote need not.
  'content.contradicts': stale({
    changes: async (world) => {
      const recorded = createHash('sha256').update('another content').digest('hex');
      await world.db.query("update artifacts set metadata = $1 where id = 'c'", [
        JSON.stringify({ file_sha256: recorded }),
      ]);
      const file = join(world.base, 'here/.salvor/plan.json');
      const plan = readPlan(readFileSync(file, 'utf8'), undefined);
      for (const row of plan.rows) row.basis.keys = { file_sha256: JSON.stringify(recorded) };
      writeFileSync(file, await writePlan(plan));
    },
    fixes: async (world) => {
      await world.db.query("update artifacts set metadata = '{}' where id = 'c'");
    },
    fixedBy: 'recovery run',
  }),
  'content.check_failed': unread('<!DOCTYPE html><html>'.slice(0, CONTENT.length)),
  'drill.failed': drill({
    breaks: (world) => flip(world, 'h/a-1.tar', 'content of a'),
    fixes: (world) => {
      const { size } = statSync(inStore(world, 'h/a-1.tar'));
      flip(world, 'h/a-1.tar', 'bontent of a');
      if (statSync(inStore(world, 'h/a-1.tar')).size !== size) throw new Error('another archive');
    },
  }),
};
