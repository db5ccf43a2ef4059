import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../../src/jobs/recovery/plan/plan-document.js';
import type { Source } from '../../../src/jobs/recovery/source-port.js';
import { DirectorySource } from '../../../src/sources/directory/source.js';
import { GitSource } from '../../../src/sources/git/source.js';
import { csv, planRow, RecoveryWorld } from '../../support/recovery-world.js';

/** Attributes of a file as macOS stores them next to it (RFC 1740, AppleDouble). */
const APPLE_DOUBLE = Buffer.from('0005160700020000', 'hex').toString('latin1').padEnd(163, '\0');

function statuses(plan: PlanDocument): Record<string, string> {
  return Object.fromEntries(plan.rows.map((row) => [row.id, row.status]));
}

describe('trees that other tools made', () => {
  let world: RecoveryWorld;
  let plan: PlanDocument;
  const wanted: Record<string, string> = {};

  async function lost(id: string, path: string, status: string): Promise<void> {
    await world.row({ id, path });
    wanted[id] = status;
  }

  beforeAll(async () => {
    world = await RecoveryWorld.create();
    world.commit({ README: 'r' });

    // A tar from a Mac: attributes next to every file, also of one that is not there.
    const mac: Record<string, string> = { 'datasets/.DS_Store': 'Bud1' };
    for (const id of ['mac_file_7a1', 'mac_gone_7a2']) mac[`datasets/._${id}.csv`] = APPLE_DOUBLE;
    for (const id of ['mac_text_7a3', 'mac_text_gone_7a4']) mac[`datasets/._${id}.txt`] = APPLE_DOUBLE;
    mac['datasets/mac_file_7a1.csv'] = csv('mac');
    mac['datasets/mac_text_7a3.txt'] = 'text of a Mac';
    world.archive('mac/artifacts-2026-04-20.tar.gz', mac);
    await lost('mac', 'datasets/mac_file_7a1.csv', 'to_bind');
    await lost('mac-gone', 'datasets/mac_gone_7a2.csv', 'residual');
    await lost('mac-text', 'datasets/mac_text_7a3.txt', 'to_bind');
    await lost('mac-text-gone', 'datasets/mac_text_gone_7a4.txt', 'residual');

    // A restore that was interrupted: whole sizes, but nothing in them.
    const restored = (path: string, content: string | Buffer): string =>
      world.file(`restore/home/op/data/${path}`, content);
    restored('datasets/whole_8b1.bin', 'whole');
    restored('datasets/zeros_8b2.bin', Buffer.alloc(300_000));
    restored('datasets/zeros_8b3.csv', Buffer.alloc(4096));
    restored('datasets/begun_8b4.csv', Buffer.concat([Buffer.from(csv('begun')), Buffer.alloc(4096)]));
    await lost('restored', 'datasets/whole_8b1.bin', 'to_bind');
    await lost('zeros', 'datasets/zeros_8b2.bin', 'needs_review');
    await lost('zeros-csv', 'datasets/zeros_8b3.csv', 'rejected');
    await lost('begun', 'datasets/begun_8b4.csv', 'rejected');

    // Snapshots of rsync: unchanged files are links to those of the day before.
    const snapshot = (day: number, path: string): string => join(world.base, `snapshots/day.${day}`, path);
    for (const day of [0, 1, 2]) {
      const same = snapshot(day, 'datasets/same_9c1.csv');
      if (day === 0) world.file(`snapshots/day.${day}/datasets/same_9c1.csv`, csv('same'));
      else {
        mkdirSync(dirname(same), { recursive: true });
        linkSync(snapshot(0, 'datasets/same_9c1.csv'), same);
      }
      const changed = world.file(`snapshots/day.${day}/datasets/daily_9c2.csv`, csv(`day ${day}`));
      utimesSync(changed, 1_700_000_000 + day, 1_700_000_000 + day);
      // A transfer that was killed left its temporary name.
      world.file(`snapshots/day.${day}/datasets/.partial_9c3.csv.Xa81bQ`, 'gene,va');
    }
    await lost('snapshot', 'datasets/same_9c1.csv', 'to_bind');
    await lost('daily', 'datasets/daily_9c2.csv', 'needs_review');
    await lost('partial', 'datasets/partial_9c3.csv', 'residual');

    // Nextcloud and Syncthing: versions, the bin, parts of uploads, and copies of conflicts.
    const cloud = (path: string, content: string): string => world.file(`cloud/op/${path}`, content);
    cloud('files_versions/datasets/versioned_1d1.csv.v1700000000', csv('version'));
    cloud('files_trashbin/files/binned_1d2.csv.d1700000000', csv('binned'));
    cloud('files/datasets/uploading_1d3.csv.ocTransferId77.part', 'gene,va');
    cloud('files/datasets/.syncthing.synced_1d4.csv.tmp', 'gene,va');
    cloud('files/datasets/edited_1d5.sync-conflict-20260101-101010-ABCDEFG.csv', csv('conflict'));
    for (const id of ['versioned_1d1', 'binned_1d2', 'uploading_1d3', 'synced_1d4'])
      await lost(id, `datasets/${id}.csv`, 'residual');
    await lost('conflict', 'datasets/edited_1d5.csv', 'needs_review');

    // Windows: separators in names, a stream next to a file, a lock of an office program.
    const windows = (path: string, content: string): string => world.file(`windows/${path}`, content);
    windows('datasets\\flat_2e1.csv', csv('flat'));
    windows('datasets/marked_2e2.csv:Zone.Identifier', '[ZoneTransfer]');
    windows('datasets/.~lock.locked_2e3.csv#', ',op,host');
    for (const id of ['flat_2e1', 'marked_2e2', 'locked_2e3'])
      await lost(id, `datasets/${id}.csv`, 'residual');

    const sources: Source[] = [
      ...['restore', 'snapshots/*', 'cloud/*', 'windows'].map(
        (path) => new DirectorySource(join(world.base, path)),
      ),
      ...world.sources().filter(({ kind }) => kind !== 'directory'),
    ];
    plan = (await world.plan({ sources })).plan;
    await world.apply(plan, { sources });
  }, 120_000);
  afterAll(() => world.close());

  it('the file is bound, and what is next to a file is neither bound nor a question', async () => {
    expect(statuses(plan)).toEqual(wanted);
    expect(await world.content('mac')).toBe(csv('mac'));
    expect(await world.content('mac-text')).toBe('text of a Mac');
    expect(await world.content('restored')).toBe('whole');
    expect(await world.content('snapshot')).toBe(csv('same'));
    for (const row of plan.rows)
      if (row.status === 'residual') expect([row.id, row.similar]).toEqual([row.id, []]);
  });

  it('an interrupted restore is called that', () => {
    expect(planRow(plan, 'zeros').explanation).toContain('only zero bytes');
    expect(planRow(plan, 'conflict').rule).toBe('9-similar');
    expect(planRow(plan, 'daily').rule).toBe('6-ambiguous');
  });
});

describe('repositories that other people made', () => {
  let world: RecoveryWorld;

  beforeAll(async () => {
    world = await RecoveryWorld.create();
    world.commit({ 'datasets/kept_3f1.csv': csv('kept') });
    world.commit({ 'datasets/kept_3f1.csv': null });
    await world.row({ id: 'kept', path: 'datasets/kept_3f1.csv' });
    await world.row({ id: 'lost', path: 'datasets/lost_3f2.csv' });
  });
  afterAll(() => world.close());

  const at = (path: string): string => join(world.base, path);
  const git = (...args: string[]): void => void execFileSync('git', args, { stdio: 'ignore' });

  /** The plan for the rows with this repository as the only source. */
  async function planned(path: string): Promise<{ plan: PlanDocument; errors: string; exitCode: number }> {
    rmSync(at('cache'), { recursive: true, force: true });
    const { plan, exitCode } = await world.plan({ sources: [new GitSource(at(path))] });
    return { plan, exitCode, errors: plan.sources.flatMap((source) => source.errors).join('\n') };
  }

  it.each([
    [
      'a mirror that borrows its objects',
      () => git('clone', '-q', '--mirror', '--shared', at('repo'), at('one')),
    ],
    [
      'a sparse checkout',
      () => {
        git('clone', '-q', '--sparse', at('repo'), at('one'));
        git('-C', at('one'), 'sparse-checkout', 'set', 'nothing');
      },
    ],
    ['a linked worktree', () => git('-C', at('repo'), 'worktree', 'add', '-q', '--detach', at('one'))],
    [
      'a clone of a bundle',
      () => {
        git('-C', at('repo'), 'bundle', 'create', at('all.bundle'), '--all');
        git('clone', '-q', at('all.bundle'), at('one'));
      },
    ],
    [
      'packed, with a commit graph',
      () => {
        git('clone', '-q', at('repo'), at('one'));
        git('-C', at('one'), 'gc', '-q');
        git('-C', at('one'), 'commit-graph', 'write', '--reachable');
      },
    ],
  ])('%s has the whole history', async (_, make) => {
    rmSync(at('one'), { recursive: true, force: true });
    git('-C', at('repo'), 'worktree', 'prune');
    make();
    const { plan, exitCode, errors } = await planned('one');
    expect([exitCode, errors]).toEqual([0, '']);
    expect(statuses(plan)).toEqual({ kept: 'to_bind', lost: 'residual' });
  });

  it.each([
    ['a bundle', /clone it/, () => git('-C', at('repo'), 'bundle', 'create', at('two'), '--all')],
    [
      'a worktree whose repository is gone',
      /not a git repository/,
      () => {
        git('clone', '-q', at('repo'), at('main'));
        git('-C', at('main'), 'worktree', 'add', '-q', '--detach', at('two'));
        rmSync(at('main'), { recursive: true });
      },
    ],
    [
      'a clone that borrows its objects from one that is gone',
      /./,
      () => {
        git('clone', '-q', '--bare', at('repo'), at('lender'));
        git('clone', '-q', '--bare', '--shared', at('lender'), at('two'));
        rmSync(at('lender'), { recursive: true });
      },
    ],
    [
      'a shallow clone',
      /shallow/,
      () => git('clone', '-q', '--depth', '1', `file://${at('repo')}`, at('two')),
    ],
    ['a directory that is no repository', /not a git repository/, () => mkdirSync(at('two'))],
    ['nothing', /does not exist|No such file/, () => undefined],
  ])('%s is refused by name, and nothing is called lost', async (_, reason, make) => {
    rmSync(at('two'), { recursive: true, force: true });
    make();
    const { plan, exitCode, errors } = await planned('two');
    expect(exitCode).toBe(3);
    expect(errors).toMatch(reason);
    expect(statuses(plan)).toEqual({ kept: 'undecided', lost: 'undecided' });
  });
});
