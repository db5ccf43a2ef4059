import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LedgerWorld } from './world.js';

/** How an error code is brought about by a real run, and how its cause is removed again. */
export interface Scenario {
  /** The command; its last run ended green before `breaks`. */
  run: string;
  exitCode: 1 | 3;
  /** A job that the watchdog expects; the name in `salvor.runs`. */
  job: string;
  subject(world: LedgerWorld): string;
  /** Everything in order. */
  arrange(world: LedgerWorld): Promise<void>;
  breaks(world: LedgerWorld): Promise<void> | void;
  fixes(world: LedgerWorld): Promise<void> | void;
}

const root = (world: LedgerWorld, ...path: string[]): string => join(world.base, 'root', ...path);
const store = (world: LedgerWorld, ...path: string[]): string => join(world.base, 'store', ...path);
const url = (world: LedgerWorld, key = ''): string => `file://${store(world)}/${key}`;

async function hashed(world: LedgerWorld): Promise<void> {
  for (const id of ['a', 'b']) {
    world.file(id, `content of ${id}`);
    await world.row(id, id);
  }
  await world.run('checksums backfill');
}

type Steps = Pick<Scenario, 'breaks' | 'fixes'> & Partial<Pick<Scenario, 'arrange'>>;

const scrub = (subject: string, steps: Steps): Scenario => ({
  run: 'checksums verify',
  job: 'checksums verify',
  exitCode: 1,
  subject: () => subject,
  arrange: hashed,
  ...steps,
});
const backfill = (subject: string, steps: Steps): Scenario => ({
  run: 'checksums backfill',
  job: 'checksums backfill',
  exitCode: 1,
  subject: () => subject,
  arrange: hashed,
  ...steps,
});

const OLD = new Date('2026-01-01T00:00:00Z');
const LISTING = '-rw-r--r-- u/g 4 2026-01-01 00:00 data.csv\n';

function archive(
  world: LedgerWorld,
  key: string,
  content = 'an archive',
  listing: string | null = LISTING,
): void {
  mkdirSync(join(store(world, key), '..'), { recursive: true });
  writeFileSync(store(world, key), content);
  utimesSync(store(world, key), OLD, OLD);
  if (listing !== null) writeFileSync(store(world, `${key}.list.txt`), listing);
}

/** A backup of two hosts that is in order. */
const listings = (key: string, steps: Steps, settings: Record<string, unknown> = {}): Scenario => ({
  run: 'listings verify',
  job: 'listings verify',
  exitCode: 1,
  subject: (world) => url(world, key),
  arrange: async (world) => {
    world.configure({ backups: [{ url: url(world), grace: '0s', ...settings }] });
    archive(world, 'h1/a-1.tar');
    archive(world, 'h2/a-1.tar');
  },
  ...steps,
});

function tar(world: LedgerWorld, key: string, ...flags: string[]): void {
  mkdirSync(join(store(world, key), '..'), { recursive: true });
  execFileSync('tar', ['-C', root(world), ...flags, '-cf', store(world, key), 'a']);
  utimesSync(store(world, key), OLD, OLD);
}

/** `listings build --missing` over a store where one archive has its siblings. */
const build = (steps: Pick<Scenario, 'breaks'>): Scenario => ({
  run: 'listings build --missing',
  job: 'listings build',
  exitCode: 1,
  subject: (world) => url(world, 'h/b.tar.gz'),
  arrange: async (world) => {
    world.file('a', 'content of a');
    tar(world, 'h/a.tar.gz', '-z');
  },
  fixes: (world) => tar(world, 'h/b.tar.gz', '-z'),
  ...steps,
});

/** Every error code that these tests bring about; `every-code.test.ts` holds it against the table of codes. */
export const scenarios: Record<string, Scenario> = {
  'file.lost': scrub('a', {
    breaks: (world) => unlinkSync(root(world, 'a')),
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
      mkdirSync(root(world, 'c'));
      await world.row('c', 'c');
    },
    fixes: (world) => {
      rmdirSync(root(world, 'c'));
      world.file('c', 'c');
    },
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
      world.configure({ roots: [{ path: root(world) }, { path: join(world.base, 'second') }] });
      await hashed(world);
    },
    breaks: async (world) => {
      world.file('c', 'one');
      writeFileSync(join(world.base, 'second/c'), 'another');
      await world.row('c', 'c');
    },
    fixes: (world) => unlinkSync(join(world.base, 'second/c')),
  }),
  'listing.missing': listings('h1/a-1.tar', {
    breaks: (world) => unlinkSync(store(world, 'h1/a-1.tar.list.txt')),
    fixes: (world) => archive(world, 'h1/a-1.tar'),
  }),
  'listing.too_small': listings('h1/a-1.tar', {
    breaks: (world) => writeFileSync(store(world, 'h1/a-1.tar.list.txt'), ''),
    fixes: (world) => archive(world, 'h1/a-1.tar'),
  }),
  'archive.empty': listings('h1/a-2.tar', {
    breaks: (world) => archive(world, 'h1/a-2.tar', ''),
    fixes: (world) => archive(world, 'h1/a-2.tar'),
  }),
  'archive.future': listings('h1/a-2.tar', {
    breaks: (world) => {
      archive(world, 'h1/a-2.tar');
      const later = new Date(Date.now() + 30 * 86_400_000);
      utimesSync(store(world, 'h1/a-2.tar'), later, later);
    },
    fixes: (world) => archive(world, 'h1/a-2.tar'),
  }),
  'partition.vanished': listings('h2/', {
    breaks: (world) => rmSync(store(world, 'h2'), { recursive: true }),
    fixes: (world) => archive(world, 'h2/a-1.tar'),
  }),
  'source.failed': {
    run: 'recovery plan',
    job: 'recovery plan',
    exitCode: 3,
    subject: (world) => `directory ${join(world.base, 'worktree')}`,
    arrange: async (world) => {
      mkdirSync(join(world.base, 'worktree'));
      world.configure({
        recovery: { sources: [{ directory: join(world.base, 'worktree') }], types: { dataset: {} } },
      });
      await hashed(world);
    },
    breaks: async (world) => {
      unlinkSync(root(world, 'a'));
      rmdirSync(join(world.base, 'worktree'));
    },
    fixes: (world) => void mkdirSync(join(world.base, 'worktree')),
  },
  'drill.failed': {
    run: 'recovery drill',
    job: 'recovery drill',
    exitCode: 1,
    subject: () => 'a',
    arrange: async (world) => {
      await hashed(world);
      tar(world, 'h/a-1.tar');
      world.configure({ recovery: { sources: [{ archives: url(world) }] } });
      await world.run('listings build --missing', url(world));
    },
    breaks: (world) => {
      const content = readFileSync(store(world, 'h/a-1.tar'));
      const at = content.indexOf('content of a');
      content[at] = (content[at] ?? 0) ^ 1;
      writeFileSync(store(world, 'h/a-1.tar'), content);
      utimesSync(store(world, 'h/a-1.tar'), OLD, OLD);
    },
    fixes: (world) => {
      const { size } = statSync(store(world, 'h/a-1.tar'));
      tar(world, 'h/a-1.tar');
      if (statSync(store(world, 'h/a-1.tar')).size !== size) throw new Error('another archive');
    },
  },
  'archive.truncated': build({
    breaks: (world) => {
      tar(world, 'h/b.tar.gz', '-z');
      writeFileSync(store(world, 'h/b.tar.gz'), readFileSync(store(world, 'h/b.tar.gz')).subarray(0, 60));
    },
  }),
  'archive.corrupt': build({
    breaks: (world) => {
      tar(world, 'h/b.tar.gz', '-z');
      const content = readFileSync(store(world, 'h/b.tar.gz'));
      content[content.length - 6] = (content[content.length - 6] ?? 0) ^ 1;
      writeFileSync(store(world, 'h/b.tar.gz'), content);
    },
  }),
};

const recoveryRow = 'a row that a recovery refuses to place: to be driven with a plan that binds it';
const noRow = 'an answer of a command that keeps no run; it is printed, and changes nothing';

/** Error codes without a scenario: why they can have none, or (`later`) what it takes. */
export const withoutScenario: Record<string, string> = {
  'doctor.check': 'a check of `salvor doctor`, which keeps no run',
  'watchdog.never_ran': 'the watchdog itself says it; it reads the ledger and is not in it',
  'watchdog.overdue': 'as watchdog.never_ran',
  'watchdog.running_late': 'as watchdog.never_ran',
  'watchdog.died': 'as watchdog.never_ran',
  'watchdog.still_red': 'as watchdog.never_ran; in checksums.test.ts',
  'watchdog.ended_badly': 'as watchdog.never_ran',
  'watchdog.clock_skew': 'as watchdog.never_ran',
  'drift.refused': noRow,
  'journal.refused': noRow,
  'index.missing': 'later: a backup with require_index',
  'archive.backup_overdue': 'later: a backup with max_age',
  'file.unreadable': 'later: needs a file that even root cannot read',
  'file.unstable': 'later: needs a writer that never stops',
  'row.conflict': 'later: needs a writer that changes the row whenever it is to be written',
  'candidate.changed': `later: ${recoveryRow}`,
  'decision.changed': `later: ${recoveryRow}`,
  'content.contradicts': `later: ${recoveryRow}`,
  'content.check_failed': `later: ${recoveryRow}`,
  'destination.unsafe': `later: ${recoveryRow}`,
  'destination.exists': `later: ${recoveryRow}`,
  'destination.failed': `later: ${recoveryRow}`,
  'source.unknown': `later: ${recoveryRow}`,
  'archive.unsupported': 'later: build over a zip that is called tar',
  'archive.no_members': 'later: build over a tar without members',
  'archive.unaccounted': 'later: see test/archive',
  'archive.limit': 'later: build over a hostile archive',
  'sibling.exists': 'only of archives named one by one, which keep no run',
  'listing.differs': 'later: `listings check --all` over a wrong listing',
  'listing.absent': 'later: `listings check --all` over an archive without a listing',
  'index.differs': 'later: `listings check --all` over a wrong index',
  'work.dead_letter': 'later: a worker that dies; test/crash/worker-kills.test.ts has one',
};
