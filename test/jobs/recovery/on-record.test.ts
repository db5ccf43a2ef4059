import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { csv, planRow, RecoveryWorld, sha256 } from '../../support/recovery-world.js';

let world: RecoveryWorld;

beforeEach(async () => {
  world = await RecoveryWorld.create([
    { column: 'old_sha1', algorithm: 'sha1' },
    { column: 'old_sha256', algorithm: 'sha256' },
    { key: 'metadata.legacy.digest', algorithm: 'md5' },
  ]);
  world.commit({ README: 'r' });
});
afterEach(() => world.close());

const hashOf = (algorithm: string, content: string): string =>
  createHash(algorithm).update(content).digest('hex');
const set = (column: string, value: string): Promise<unknown> =>
  world.database.query(`update artifacts set ${column} = $1 where id = 'liver'`, [value]);

async function liver(content = csv('liver')): Promise<void> {
  world.worktree('quest', 'datasets/liver.csv', content);
  await world.row({ id: 'liver', path: 'datasets/liver.csv' });
}

describe('digests that other programs recorded', () => {
  it('in a column or under a key of the configuration, changed since the plan: refused', async () => {
    await liver();
    for (const change of [
      () => set('old_sha1', hashOf('sha1', 'another')),
      () => set('old_sha256', 'no digest at all'),
      () => set('metadata', JSON.stringify({ legacy: { digest: hashOf('md5', 'another') } })),
    ]) {
      const { plan } = await world.plan();
      await change();
      expect(await world.apply(plan)).toMatchObject({ exitCode: 1, summary: { bound: 0, refused: 1 } });
      expect(world.findings.at(-1)).toMatchObject({ code: 'row.changed', subject: 'liver' });
      expect(await world.content('liver')).toBeUndefined();
    }
  });

  it('changed while the file was being placed: not bound, and the file is taken away again', async () => {
    await liver();
    const { plan } = await world.plan();
    const writer = world.artifacts.writer();
    const late = {
      ...writer,
      commit: async (batch: Parameters<typeof writer.commit>[0]) => {
        await set('old_sha1', hashOf('sha1', 'another'));
        return writer.commit(batch);
      },
    };
    expect(await world.apply(plan, { writer: late })).toMatchObject({ exitCode: 1, summary: { refused: 1 } });
    expect(await world.content('liver')).toBeUndefined();
    expect((await world.stored('liver')).metadata).toEqual({});
  });

  it.each([
    ['old_sha1', 'sha1'],
    ['metadata', 'md5'],
  ])('a content with another one than %s says is never bound', async (place, algorithm) => {
    await liver();
    const value = (content: string): string =>
      place === 'metadata'
        ? JSON.stringify({ legacy: { digest: hashOf(algorithm, content) } })
        : hashOf(algorithm, content);
    await set(place, value('the content that was lost'));
    expect((await world.apply((await world.plan()).plan)).summary).toMatchObject({ bound: 0, refused: 1 });
    expect(world.findings.at(-1)?.code).toBe('content.contradicts');
    expect(await world.content('liver')).toBeUndefined();
    await set(place, value(csv('liver')));
    expect((await world.apply((await world.plan()).plan)).summary).toMatchObject({ bound: 1, refused: 0 });
  });

  it('a SHA-256 of theirs finds the content under any name, and puts others out', async () => {
    await liver(csv('an impostor'));
    world.worktree('quest', 'elsewhere/renamed.csv', csv('liver'));
    await set('old_sha256', sha256(csv('liver')));
    await set('metadata', JSON.stringify({ file_size_bytes: csv('liver').length }));
    const { plan } = await world.plan();
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind', rule: '1-digest' });
    await world.apply(plan);
    expect(await world.content('liver')).toBe(csv('liver'));
  });

  it('what was accepted against theirs counts: Salvor’s own digest wins', async () => {
    await liver();
    await set('old_sha256', sha256('what it once was'));
    await set('old_sha1', hashOf('sha1', 'what it once was'));
    await set('metadata', JSON.stringify({ file_sha256: sha256(csv('liver')) }));
    expect((await world.apply((await world.plan()).plan)).summary).toMatchObject({ bound: 1, refused: 0 });
  });
});
