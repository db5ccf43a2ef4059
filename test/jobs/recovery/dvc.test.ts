import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PlanDocument } from '../../../src/jobs/recovery/plan/plan-document.js';
import { csv, planRow, RecoveryWorld, sha256 } from '../../support/recovery-world.js';

/** Files that DVC tracks: `NAME.dvc` says what NAME is, and a cache may have it. The MD5 is the proof. */

let world: RecoveryWorld;
let plan: PlanDocument;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const sidecar = (name: string, content: string, more = ''): string =>
  `${more}outs:\n- md5: ${md5(content)}\n  size: ${content.length}\n  hash: md5\n  path: ${name}\n`;

/** Puts a content into a cache, in the layout of DVC 3 or the one before. */
function cache(directory: string, content: string, bytes = content): void {
  const digest = md5(content);
  world.file(`${directory}/${digest.slice(0, 2)}/${digest.slice(2)}`, bytes);
}

const inRepository: Record<string, string> = {};

beforeAll(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
  const row = (id: string): Promise<void> => world.row({ id, path: `datasets/${id}.csv` });
  const commit = (id: string, text: string): void => {
    inRepository[`datasets/${id}.csv.dvc`] = text;
  };
  world.file('repo/.dvc/config', "[core]\n    remote = x\n['cache']\n    dir = ../../shared-cache\n");
  for (const id of ['new-layout', 'old-layout', 'configured', 'nowhere', 'corrupt', 'in-wdir']) await row(id);
  commit('new-layout', sidecar('new-layout.csv', csv('new-layout')));
  cache('repo/.dvc/cache/files/md5', csv('new-layout'));
  commit('old-layout', sidecar("'old-layout.csv'", csv('old-layout')).replaceAll('\n', '\r\n'));
  cache('repo/.dvc/cache', csv('old-layout'));
  commit('configured', sidecar('configured.csv', csv('configured')));
  cache('shared-cache/files/md5', csv('configured'));
  commit('nowhere', sidecar('nowhere.csv', csv('nowhere')));
  commit('corrupt', sidecar('corrupt.csv', csv('corrupt')));
  cache('repo/.dvc/cache/files/md5', csv('corrupt'), csv('corrupt').replace('1', '2'));
  // About the file of this name in another directory.
  commit('in-wdir', sidecar('in-wdir.csv', csv('in-wdir'), 'wdir: ../other\n'));
  cache('repo/.dvc/cache/files/md5', csv('in-wdir'));
  world.commit(inRepository);

  // In the root, next to the missing file: as good as the root itself.
  await row('in-root');
  world.file('root/datasets/in-root.csv.dvc', sidecar('in-root.csv', csv('in-root')));
  cache('repo/.dvc/cache/files/md5', csv('in-root'));
  // The cache of a worktree's own checkout has the content of one in the root, and of one of its own.
  await row('in-worktrees-cache');
  world.file(
    'root/datasets/in-worktrees-cache.csv.dvc',
    sidecar('in-worktrees-cache.csv', csv('in-worktrees-cache')),
  );
  cache('worktrees/quest/.dvc/cache/files/md5', csv('in-worktrees-cache'));
  await row('in-worktree');
  world.worktree('quest', 'datasets/in-worktree.csv.dvc', sidecar('in-worktree.csv', csv('in-worktree')));
  cache('worktrees/quest/.dvc/cache/files/md5', csv('in-worktree'));
  await row('in-worktree-and-repository');
  world.worktree(
    'quest',
    'datasets/in-worktree-and-repository.csv.dvc',
    sidecar('in-worktree-and-repository.csv', csv('in-worktree-and-repository')),
  );
  cache('repo/.dvc/cache/files/md5', csv('in-worktree-and-repository'));
  plan = (await world.plan()).plan;
  await world.apply(plan);
}, 120_000);
afterAll(() => world.close());

it.each(['new-layout', 'old-layout', 'configured', 'in-root', 'in-worktrees-cache'])(
  '%s: the content of the cache is bound',
  async (id) => {
    expect(planRow(plan, id)).toMatchObject({ status: 'to_bind' });
    expect(await world.content(id)).toBe(csv(id));
    expect((await world.stored(id)).metadata.file_sha256).toBe(sha256(csv(id)));
  },
);

it('a sidecar in the root stays where it is: it is not in the place of the file', () => {
  expect(readFileSync(join(world.root, 'datasets/in-root.csv.dvc'), 'utf8')).toBe(
    sidecar('in-root.csv', csv('in-root')),
  );
});

it.each(['nowhere', 'corrupt'])('%s: nothing is bound, and the reason names the MD5', async (id) => {
  expect(planRow(plan, id)).toMatchObject({ status: 'rejected' });
  expect(planRow(plan, id).failure_mode).toContain(`a DVC file to md5 ${md5(csv(id))}`);
  expect(await world.content(id)).toBeUndefined();
});

it('what is about another file is not followed', () => {
  expect(planRow(plan, 'in-wdir').status).toBe('residual');
});

it.each(['in-worktree', 'in-worktree-and-repository'])('%s: a person decides', async (id) => {
  const row = planRow(plan, id);
  expect(row).toMatchObject({ status: 'needs_review', rule: '9-weak' });
  const chosen = row.candidates.find(({ cid }) => cid === row.chosen);
  expect(chosen).toMatchObject({ sha256: sha256(csv(id)), tier: 'anchored', rejected: null });
  expect(chosen?.evidence.join(' ')).toContain('anyone could have created that file');
  expect(await world.content(id)).toBeUndefined();
});
