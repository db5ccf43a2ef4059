import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Applied } from '../../../src/jobs/recovery/apply/apply.js';
import type { RowStatus, Rule } from '../../../src/jobs/recovery/evidence/decision.js';
import { csv, planRow, RecoveryWorld, type RowSpec, sha256 } from '../../support/recovery-world.js';

interface Expectation {
  rule: Rule;
  status: RowStatus;
  /** When applying ends otherwise than planned. */
  ends?: RowStatus;
  /** A character a byte. */
  content?: string;
}

const expectations = new Map<string, Expectation>();
let world: RecoveryWorld;
let planned: Awaited<ReturnType<RecoveryWorld['plan']>>;
let applied: Applied;

async function row(spec: RowSpec, expectation: Expectation): Promise<void> {
  await world.row(spec);
  expectations.set(spec.id, expectation);
}

const anchored = (content: string): Expectation => ({ rule: '7-anchored', status: 'bound', content });
const specific = (content: string): Expectation => ({
  rule: '8-specific-name',
  status: 'bound',
  content,
});
const review = (rule: Rule): Expectation => ({ rule, status: 'needs_review' });
const rejected: Expectation = { rule: 'all-rejected', status: 'rejected' };
const residual: Expectation = { rule: '10-residual', status: 'residual' };

const PICKLE = Buffer.from([0x80, 4, 0x4e, 0x2e]);
const HTML = '<!doctype html><html>Sign in</html>';

/** Ten archives: four daily ones of one host, of which two are looked at; others of other series. */
function plantArchives(): void {
  const shared: Record<string, string | Buffer> = {
    'data/scidex-artifacts/datasets/from_archive.csv': csv('from_archive'),
    'data/scidex-artifacts/datasets/contested_twice.csv': csv('contested_twice'),
    'deep/else/where/only_name_alpha.csv': csv('only_name_alpha'),
    'data/scidex-artifacts/datasets/login_page.csv': HTML,
    'data/scidex-artifacts/datasets/too_small_now.csv': csv('other'),
    'x/Upper_Case_Name.CSV': csv('upper'),
  };
  for (let i = 0; i < 40; i += 1)
    shared[`data/scidex-artifacts/datasets/bulk/archived_${i}.csv`] = csv(`archived_${i}`);
  for (let day = 21; day < 25; day += 1) {
    const files = {
      ...shared,
      ...(day < 22 ? { 'data/scidex-artifacts/datasets/only_old.csv': csv('only_old') } : {}),
      'data/scidex-artifacts/datasets/changes_daily.csv': csv('day by day '.repeat(day)),
    };
    world.archive(`alpha/artifacts-2026-04-${day}.tar.gz`, files, {
      prepare: (directory) => {
        const below = join(directory, 'data/scidex-artifacts/datasets');
        linkSync(join(below, 'from_archive.csv'), join(below, 'hard_linked.csv'));
      },
    });
  }
  const touched = { 'data/scidex-artifacts/datasets/touched_nightly.csv': csv('touched_nightly') };
  world.archive('delta/late.tar.gz', { 'late/sign_in_page.csv': HTML });
  // Touched every night, never changed.
  world.archive('beta/nightly-1.tar.gz', touched, { mtime: '2026-04-01 00:00' });
  world.archive('beta/nightly-2.tar.gz', touched, { mtime: '2026-04-02 00:00' });
  world.archive(
    'beta/plain.tar.gz',
    { 'scidex-artifacts/models/plainly_listed.safetensors': safetensors() },
    { listing: ['-tf'] },
  );
  world.archive('gamma/no-checksum.tar', { 'datasets/in_plain_tar.csv': csv('in_plain_tar') }, { flags: [] });
  world.archive(
    'gamma/unlisted.tar.gz',
    { 'datasets/in_unlisted.csv': csv('in_unlisted') },
    { listing: null },
  );
}

function safetensors(): Buffer {
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'U8', shape: [4], data_offsets: [0, 4] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.from('abcd')]);
}

async function plantBulk(): Promise<void> {
  for (let i = 0; i < 40; i += 1) {
    await row(
      { id: `bulk-archive-${i}`, path: `datasets/bulk/archived_${i}.csv` },
      anchored(csv(`archived_${i}`)),
    );
  }
  const history: Record<string, string> = {};
  for (let i = 0; i < 20; i += 1) {
    world.worktree(`quest-${i % 3}`, `datasets/bulk/worktree_${i}.csv`, csv(`worktree_${i}`));
    await row(
      { id: `bulk-worktree-${i}`, path: `datasets/bulk/worktree_${i}.csv` },
      anchored(csv(`worktree_${i}`)),
    );
    history[`datasets/bulk/history_${i}.csv`] = csv(`history_${i}`);
    await row({ id: `bulk-git-${i}`, path: `datasets/bulk/history_${i}.csv` }, anchored(csv(`history_${i}`)));
    await row({ id: `bulk-lost-${i}`, metadata: { filename: `never_anywhere_${i}.csv` } }, residual);
  }
  world.commit(history);
  world.commit(Object.fromEntries(Object.keys(history).map((path) => [path, null])));
}

async function plantMatches(): Promise<void> {
  world.worktree('quest-0', 'old/copies/tail_two.csv', csv('tail_two'));
  await row({ id: 'tail', path: 'datasets/copies/tail_two.csv' }, specific(csv('tail_two')));
  await row(
    { id: 'basename-archive', metadata: { filename: 'only_name_alpha.csv' } },
    specific(csv('only_name_alpha')),
  );
  await row({ id: 'html-in-archive', metadata: { filename: 'sign_in_page.csv' } }, rejected);
  await row({ id: 'html-read-early', metadata: { filename: 'login_page.csv' } }, rejected);
  await row({ id: 'normalised', metadata: { filename: 'upper_case_name.csv' } }, review('9-similar'));
  world.worktree('quest-1', 'somewhere/data.csv', csv('generic'));
  await row({ id: 'generic', metadata: { filename: 'data.csv' } }, review('9-weak'));
  world.worktree('quest-1', 'a/two_contents.csv', csv('one'));
  world.worktree('quest-2', 'b/two_contents.csv', csv('two'));
  await row({ id: 'ambiguous', metadata: { filename: 'two_contents.csv' } }, review('6-ambiguous'));
  await row({ id: 'changes-daily', path: 'datasets/changes_daily.csv' }, review('6-ambiguous'));
  await row(
    { id: 'touched-nightly', path: 'datasets/touched_nightly.csv' },
    anchored(csv('touched_nightly')),
  );
  await row({ id: 'hard-link', path: 'datasets/hard_linked.csv' }, anchored(csv('from_archive')));
  await row(
    { id: 'plain-listing', type: 'model', path: 'models/plainly_listed.safetensors' },
    anchored(safetensors().toString('latin1')),
  );
  await row({ id: 'unproven', path: 'datasets/in_plain_tar.csv' }, review('9-weak'));
  await row({ id: 'only-old', path: 'datasets/only_old.csv' }, residual);
  await row({ id: 'in-unlisted', path: 'datasets/in_unlisted.csv' }, residual);
  await row(
    { id: 'tabular', type: 'tabular_dataset', metadata: { filename: 'tab_specific.csv' } },
    specific(csv('tabular')),
  );
  world.worktree('quest-1', 'datasets/tabular/tab_specific.csv', csv('tabular'));
}

async function plantDigests(): Promise<void> {
  world.worktree('quest-2', 'renamed/whatever.bin', csv('by digest'));
  await row(
    {
      id: 'by-digest',
      path: 'datasets/lost_name.csv',
      metadata: { file_sha256: sha256(csv('by digest')), file_size_bytes: csv('by digest').length },
    },
    { rule: '1-digest', status: 'bound', content: csv('by digest') },
  );
  world.worktree('quest-2', 'datasets/contradicted.csv', csv('not it'));
  await row(
    { id: 'contradicted', path: 'datasets/contradicted.csv', metadata: { file_sha256: sha256('it') } },
    rejected,
  );
  world.worktree('quest-2', 'datasets/wrong_size.csv', csv('not this size'));
  await row(
    { id: 'size-contradicts', path: 'datasets/wrong_size.csv', metadata: { file_size_bytes: 7 } },
    rejected,
  );
  const large = csv('in the store of Git LFS');
  world.file(
    `repo/.git/lfs/objects/${sha256(large).slice(0, 2)}/${sha256(large).slice(2, 4)}/${sha256(large)}`,
    large,
  );
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(large)}\nsize ${large.length}\n`;
  world.file('root/datasets/lfs_pointer.csv', pointer);
  await row(
    { id: 'lfs', path: 'datasets/lfs_pointer.csv' },
    { rule: '1-digest', status: 'bound', content: large },
  );
  world.worktree('quest-2', 'datasets/pointer_only.csv', pointer);
  // It leads to a content that another row has on record.
  await row(
    { id: 'pointer-in-worktree', path: 'datasets/pointer_only.csv' },
    { rule: '5-contested', status: 'needs_review' },
  );
}

async function plantTraps(): Promise<void> {
  world.worktree('quest-0', 'datasets/empty_file.csv', '');
  await row({ id: 'empty', path: 'datasets/empty_file.csv' }, rejected);
  world.worktree('quest-0', 'datasets/no_magic.parquet', 'PAR0');
  await row({ id: 'no-magic', path: 'datasets/no_magic.parquet' }, rejected);
  world.file('secrets/symlinked_secret.csv', csv('secret'));
  mkdirSync(join(world.base, 'worktrees/quest-0/data/scidex-artifacts/datasets'), { recursive: true });
  symlinkSync(
    join(world.base, 'secrets/symlinked_secret.csv'),
    join(world.base, 'worktrees/quest-0/data/scidex-artifacts/datasets/symlinked_secret.csv'),
  );
  symlinkSync(
    join(world.base, 'secrets'),
    join(world.base, 'worktrees/quest-0/data/scidex-artifacts/linked'),
  );
  await row({ id: 'symlink', path: 'datasets/symlinked_secret.csv' }, residual);
  world.worktree('quest-1', 'models/planted_model.pkl', Buffer.concat([PICKLE, PICKLE, PICKLE]));
  await row({ id: 'planted-pickle', type: 'model', path: 'models/planted_model.pkl' }, review('9-weak'));
  await row({ id: 'wanted-a', path: 'datasets/contested_twice.csv' }, review('5-contested'));
  await row({ id: 'wanted-b', metadata: { filename: 'contested_twice.csv' } }, review('5-contested'));
  world.file('root/datasets/has_owner.csv', csv('owner'));
  await world.row({ id: 'owner', type: 'figure', path: 'datasets/has_owner.csv' });
  world.worktree('quest-1', 'datasets/has_owner.csv', csv('owner'));
  await row({ id: 'owned', metadata: { filename: 'has_owner.csv' } }, review('5-contested'));
  world.worktree('quest-1', 'x/hooks/post-checkout', 'echo');
  await row(
    {
      id: 'git-hook',
      path: '.git/hooks/post-checkout',
      metadata: { file_sha256: sha256('echo'), file_size_bytes: 4 },
    },
    { rule: '1-digest', status: 'needs_review' },
  );
  world.worktree('quest-1', 'etc/climbing_out.csv', csv('climb'));
  await row(
    { id: 'climbs', path: '../../etc/climbing_out.csv' },
    { rule: '8-specific-name', status: 'needs_review' },
  );
  world.worktree('quest-1', 'datasets/place_taken.csv', csv('mine'));
  world.file('root/datasets/place_taken.csv', csv('other'));
  await row(
    { id: 'place-taken', metadata: { filename: 'place_taken.csv' } },
    { rule: '8-specific-name', status: 'bound', ends: 'needs_review' },
  );
  world.commit({
    'models/committed_twice.pkl': Buffer.concat([PICKLE, PICKLE]),
    'datasets/superseded.csv': csv('first'),
  });
  world.commit({ 'models/committed_twice.pkl': PICKLE, 'datasets/superseded.csv': csv('last') });
  world.commit({ 'models/committed_twice.pkl': null, 'datasets/superseded.csv': null }, 'cleanup');
  await row(
    { id: 'git-pickle', type: 'model', path: 'models/committed_twice.pkl' },
    anchored(PICKLE.toString('latin1')),
  );
  await row({ id: 'git-superseded', path: 'datasets/superseded.csv' }, anchored(csv('last')));
  await row(
    { id: 'external', metadata: { url: 'https://example.org/gtex' } },
    { rule: 'external-reference', status: 'external_reference' },
  );
  await row(
    { id: 'external-id', type: 'tabular_dataset', metadata: { external_id: 'GSE1' } },
    { rule: 'external-reference', status: 'external_reference' },
  );
  await row(
    { id: 'ram-only', type: 'model', metadata: { ram_only: true, filename: 'only_in_memory.pkl' } },
    residual,
  );
  await row({ id: 'bad-metadata', path: 'datasets/from_archive_bad.csv', metadata: [] as never }, residual);
}

beforeAll(async () => {
  world = await RecoveryWorld.create();
  plantArchives();
  await plantBulk();
  await plantMatches();
  await plantDigests();
  await plantTraps();
  for (let i = 0; expectations.size < 145; i += 1) {
    const type = i % 2 === 0 ? 'model' : 'tabular_dataset';
    await row({ id: `named-nothing-${i}`, type, metadata: { note: i } }, residual);
  }
  planned = await world.plan();
  applied = await world.apply(planned.plan);
});
afterAll(() => world.close());

describe('a world of 145 rows', () => {
  it('every row is planned as it was planted', () => {
    expect(planned.plan.rows).toHaveLength(145);
    const got = Object.fromEntries(
      planned.plan.rows.map((one) => [
        one.id,
        `${one.rule} ${one.status === 'to_bind' ? 'bound' : one.status}`,
      ]),
    );
    const want = Object.fromEntries([...expectations].map(([id, one]) => [id, `${one.rule} ${one.status}`]));
    expect(got).toEqual(want);
  });

  it('every row ends as it was planted, and every bound file is the right one to the byte', async () => {
    const bound: string[] = [];
    for (const [id, expectation] of expectations) {
      const ends = expectation.ends ?? expectation.status;
      const { metadata } = await world.stored(id);
      expect([id, metadata.file_recovered_from !== undefined]).toEqual([id, ends === 'bound']);
      if (ends !== 'bound') continue;
      bound.push(id);
      const content = Buffer.from(
        expectation.content ?? '',
        typeof expectation.content === 'string' ? 'latin1' : undefined,
      );
      expect([id, await world.content(id)]).toEqual([id, content.toString('latin1')]);
      expect(metadata).toMatchObject({ file_sha256: sha256(content), file_size_bytes: content.length });
    }
    expect(applied.summary.bound).toBe(bound.length);
    expect(bound.length).toBeGreaterThan(85);
  });

  it('gives the reason for every refusal, and ends with exit 1', () => {
    expect(applied.exitCode).toBe(1);
    const codes = Object.fromEntries(world.findings.map((one) => [one.subject, one.code]));
    expect(codes).toMatchObject({
      'place-taken': 'destination.exists',
      'git-hook': 'destination.unsafe',
      climbs: 'destination.unsafe',
    });
  });

  it('fetches only the archives that are needed, each once over plan and apply', () => {
    expect(world.archiveReads().sort()).toEqual([
      'alpha/artifacts-2026-04-23.tar.gz',
      'alpha/artifacts-2026-04-24.tar.gz',
      'beta/nightly-1.tar.gz',
      'beta/nightly-2.tar.gz',
      'beta/plain.tar.gz',
      'delta/late.tar.gz',
      'gamma/no-checksum.tar',
    ]);
  });

  it('counts add up, by type and in all', () => {
    const { summary } = applied;
    const statuses = [
      'to_bind',
      'bound',
      'refused',
      'needs_review',
      'rejected',
      'external_reference',
      'residual',
      'undecided',
      'unrecoverable',
    ] as const;
    expect(statuses.reduce((sum, status) => sum + summary[status], 0)).toBe(145);
    for (const status of statuses) {
      expect(Object.values(summary.by_type).reduce((sum, type) => sum + type[status], 0)).toBe(
        summary[status],
      );
    }
    expect(summary.by_type.dataset?.on_disk_after).toBeGreaterThan(0);
    expect(summary.by_type.dataset?.on_disk_before).toBe(0);
    expect(summary.sources.map((one) => one.state)).toEqual(['complete', 'complete', 'scoped']);
  });

  it('explains every row, and names a failure mode for every row without a file', () => {
    for (const one of planned.plan.rows) {
      expect(one.explanation.length).toBeGreaterThan(20);
      if (['residual', 'rejected'].includes(one.status)) expect(one.failure_mode?.length).toBeGreaterThan(10);
    }
    expect(planRow(planned.plan, 'ambiguous').explanation).toContain('Second best');
  });

  it('a second run over what is left binds nothing more and changes nothing', async () => {
    const again = await world.plan();
    expect(
      again.plan.rows
        .filter((one) => one.status === 'to_bind')
        .map((one) => one.id)
        .sort(),
    ).toEqual(['place-taken']);
    // What apply refused for its content is known by now.
    expect(planRow(again.plan, 'html-in-archive').status).toBe('rejected');
    const before = await world.database.query('select * from artifacts order by id');
    await world.apply(again.plan);
    expect((await world.database.query('select * from artifacts order by id')).rows).toEqual(before.rows);
  });
});
