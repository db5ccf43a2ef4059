import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../../src/jobs/recovery/plan/plan-document.js';
import { csv, planRow, RecoveryWorld, sha256 } from '../../support/recovery-world.js';

/**
 * Everything in one world that a file system, a registry and people can do to names: whatever is bound must be the
 * file that was lost, nothing that was there may change, and only what a person can decide waits for one.
 */
let world: RecoveryWorld;
let plan: PlanDocument;
let socket: Server;
let before: Map<string, string>;

/** What each row's file really was; rows that are not here have none that anybody could find. */
const truth = new Map<string, string>();
/** Rows that a person has to look at. */
const questions = new Set<string>();

async function lost(id: string, path: string | null, content: string, metadata = {}): Promise<void> {
  truth.set(id, content);
  await world.row({ id, path, metadata });
}

/** What is below the root: contents of files, targets of links, kinds of everything else. */
function treeOf(root: string): Map<string, string> {
  const tree = new Map<string, string>();
  for (const name of readdirSync(root, { recursive: true }).map(String)) {
    const stats = lstatSync(join(root, name));
    const text = stats.isFile() ? readFileSync(join(root, name), 'latin1') : `kind ${stats.mode >> 12}`;
    tree.set(name, text);
  }
  return tree;
}

beforeAll(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  const find = (path: string, content: string): string => world.worktree('quest', path, content);

  // Names that only bytes tell apart.
  find('datasets/café_samples_6b1.csv'.normalize('NFC'), csv('composed'));
  await lost('nfc', 'datasets/café_samples_6b1.csv'.normalize('NFC'), csv('composed'));
  // As long as what the swapped rows have on record: a size says nothing of a name.
  find('datasets/café_cohort_6b2.csv'.normalize('NFD'), csv('decomposed'));
  await world.row({ id: 'other-form', path: 'datasets/café_cohort_6b2.csv'.normalize('NFC') });
  questions.add('other-form');
  find('datasets/two\nlines_77.csv', csv('two lines'));
  await lost('newline', 'datasets/two\nlines_77.csv', csv('two lines'));
  questions.add('newline');
  find('datasets/Tissue_88.csv', csv('upper'));
  find('datasets/tissue_88.csv', csv('lower'));
  await lost('upper', 'datasets/Tissue_88.csv', csv('upper'));
  await lost('lower', 'datasets/tissue_88.csv', csv('lower'));
  for (const id of ['upper', 'lower']) questions.add(id);

  // One content for two rows, and one file for two rows.
  find('datasets/twin_a1.csv', csv('twins'));
  find('datasets/twin_b2.csv', csv('twins'));
  await lost('twin-a', 'datasets/twin_a1.csv', csv('twins'));
  await lost('twin-b', 'datasets/twin_b2.csv', csv('twins'));
  find('datasets/shared_c3.csv', csv('shared'));
  await lost('shared-1', 'datasets/shared_c3.csv', csv('shared'));
  await lost('shared-2', './datasets//shared_c3.csv', csv('shared'));
  for (const id of ['twin-a', 'twin-b', 'shared-1', 'shared-2']) questions.add(id);

  // A hard link in a worktree to what another row has.
  const present = world.file('root/datasets/present_d4.csv', csv('present'));
  await world.row({
    id: 'present',
    path: 'datasets/present_d4.csv',
    metadata: { file_sha256: sha256(csv('present')) },
  });
  mkdirSync(join(world.base, 'worktrees/quest/data/scidex-artifacts/datasets'), { recursive: true });
  linkSync(present, join(world.base, 'worktrees/quest/data/scidex-artifacts/datasets/linked_e5.csv'));
  await world.row({ id: 'linked', path: 'datasets/linked_e5.csv' });
  questions.add('linked');

  // Swapped names: the digests say whose is whose.
  find('datasets/swap_f6.csv', csv('of swap_g7'));
  find('datasets/swap_g7.csv', csv('of swap_f6'));
  for (const [id, path] of [
    ['swap-f', 'swap_f6'],
    ['swap-g', 'swap_g7'],
  ] as const) {
    const content = csv(`of ${path}`);
    const metadata = { file_sha256: sha256(content), file_size_bytes: content.length };
    await lost(id, `datasets/${path}.csv`, content, metadata);
  }

  // What is no regular file, in the place of a row and in a source.
  mkdirSync(join(world.root, 'datasets/folder_h8.csv'), { recursive: true });
  find('datasets/folder_h8.csv', csv('folder'));
  await lost('folder', 'datasets/folder_h8.csv', csv('folder'));
  socket = createServer();
  await new Promise<void>((resolve) => {
    socket.listen(join(world.root, 'datasets/socket_i9.csv'), resolve);
  });
  find('datasets/socket_i9.csv', csv('socket'));
  await lost('socket', 'datasets/socket_i9.csv', csv('socket'));
  symlinkSync('/etc/passwd', join(world.root, 'datasets/leads_out_j1.csv'));
  find('datasets/leads_out_j1.csv', csv('leads out'));
  await lost('leads-out', 'datasets/leads_out_j1.csv', csv('leads out'));
  execFileSync('mkfifo', [join(world.base, 'worktrees/quest/data/scidex-artifacts/datasets/fifo_k2.csv')]);
  await world.row({ id: 'fifo', path: 'datasets/fifo_k2.csv' });
  symlinkSync(
    '/etc/passwd',
    join(world.base, 'worktrees/quest/data/scidex-artifacts/datasets/outside_l3.csv'),
  );
  await world.row({ id: 'outside', path: 'datasets/outside_l3.csv' });
  find('datasets/parts_m4.csv/part-0.csv', csv('part'));
  await world.row({ id: 'parts', path: 'datasets/parts_m4.csv' });

  // A row whose file is the backup that it would be found in, and one at a draft's and at the quarantine's place.
  world.archive('h/artifacts-2026-04-20.tar.gz', { 'datasets/plain_n5.csv': csv('plain') });
  await world.row({ id: 'its-backup', path: 's3://scidex/backups/h/artifacts-2026-04-20.tar.gz' });
  await lost('plain', 'datasets/plain_n5.csv', csv('plain'));
  find('.salvor-quarantine/1-kept_o6.csv', csv('kept'));
  await lost('quarantined', '.salvor-quarantine/1-kept_o6.csv', csv('kept'));
  questions.add('quarantined');

  before = treeOf(world.root);
  plan = (await world.plan()).plan;
  await world.apply(plan);
}, 120_000);

afterAll(async () => {
  await new Promise((resolve) => socket.close(resolve));
  await world.close();
});

describe('a world of hostile names and kinds', () => {
  it('binds only the file that was lost', async () => {
    const { rows } = await world.database.query<{ id: string }>(
      `select artifact_id as id from salvor.journal where action = 'bind' order by 1`,
    );
    expect(rows.map(({ id }) => id)).toEqual(['nfc', 'plain', 'swap-f', 'swap-g']);
    for (const { id } of rows)
      expect(await world.content(id)).toBe(Buffer.from(truth.get(id) ?? '').toString('latin1'));
  });

  it('changes and loses nothing that existed', () => {
    const after = treeOf(world.root);
    for (const [name, text] of before) expect([name, after.get(name)]).toEqual([name, text]);
    expect(statSync(join(world.root, 'datasets/present_d4.csv')).nlink).toBe(2);
    expect([...after.keys()].filter((name) => /\.salvor-[0-9a-f]+\.part/.test(name))).toEqual([]);
    expect(existsSync(join(world.root, 'datasets/fifo_k2.csv'))).toBe(false);
  });

  it('asks for a decision only where it cannot decide, and says why', () => {
    const waiting = plan.rows.filter((row) => row.status === 'needs_review').map((row) => row.id);
    expect(waiting.sort()).toEqual([...questions].sort());
    expect(planRow(plan, 'its-backup').status).toBe('external_reference');
    for (const id of ['fifo', 'outside', 'parts']) expect(planRow(plan, id).status).toBe('residual');
    for (const id of ['linked', 'twin-a', 'shared-2'])
      expect(planRow(plan, id).explanation).toMatch(/also matches|belongs to/);
  });
});
