import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PostgresRecoveryLedger } from '../../../src/registry/recovery/recovery-ledger.js';
import { csv, planRow, RecoveryWorld, sha256 } from '../../support/recovery-world.js';

let world: RecoveryWorld;

beforeEach(async () => {
  world = await RecoveryWorld.create([
    { column: 'old_sha1', algorithm: 'sha1' },
    { column: 'old_sha256', algorithm: 'sha256' },
    { key: 'metadata.legacy.digest', algorithm: 'md5' },
  ]);
  world.commit({ README: 'r' });
  mkdirSync(join(world.base, 'worktrees'));
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
      await world.database.query('update artifacts set old_sha1 = null, old_sha256 = null, metadata = null');
    }
  });

  it('changed while the file was being placed: not bound, and the file is removed again', async () => {
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
  ])('a content with another one than %s says is out in the plan, every time', async (place, algorithm) => {
    await liver();
    const value = (content: string): string =>
      place === 'metadata'
        ? JSON.stringify({ legacy: { digest: hashOf(algorithm, content) } })
        : hashOf(algorithm, content);
    await set(place, value('the content that was lost'));
    for (let round = 0; round < 2; round += 1) {
      const { plan } = await world.plan();
      expect(planRow(plan, 'liver')).toMatchObject({
        status: 'rejected',
        candidates: [
          { rejected: expect.stringContaining(`its ${algorithm} differs from the one recorded in`) },
        ],
      });
      expect((await world.apply(plan)).summary).toMatchObject({ bound: 0, refused: 0 });
    }
    expect(await world.content('liver')).toBeUndefined();
    await set(place, value(csv('liver')));
    expect((await world.apply((await world.plan()).plan)).summary).toMatchObject({ bound: 1, refused: 0 });
  });

  const ARCHIVE = 'h/artifacts-2026-04-20.tar.gz';
  const inArchive = (listing?: null): void =>
    world.archive(ARCHIVE, { 'datasets/liver.csv': csv('liver') }, listing === null ? { listing } : {});

  it.each([
    ['a listing', () => inArchive()],
    ['a scan', () => inArchive(null)],
    ['a git history', () => world.commit({ 'datasets/liver.csv': csv('liver') })],
  ])('a content in %s is compared while planning, and read once', async (_, put) => {
    put();
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    for (const [content, status] of [
      ['another', 'rejected'],
      [csv('liver'), 'to_bind'],
    ] as const) {
      await set('old_sha1', hashOf('sha1', content));
      const { plan } = await world.plan({ scanUnlisted: true });
      expect(planRow(plan, 'liver').status).toBe(status);
      await world.apply(plan, { scanUnlisted: true });
    }
    expect(await world.content('liver')).toBe(csv('liver'));
    expect(world.archiveReads().length).toBeLessThanOrEqual(1);
  });

  it('distinguishes two contents of one name, so that no decision is needed', async () => {
    await liver(csv('stale'));
    inArchive();
    await set('old_sha1', hashOf('sha1', csv('liver')));
    const { plan } = await world.plan();
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind', rule: '7-anchored' });
    await world.apply(plan);
    expect(await world.content('liver')).toBe(csv('liver'));
  });

  it('a content that does not fit into the cache is compared all the same', async () => {
    inArchive();
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    await set('old_sha1', hashOf('sha1', 'another'));
    expect(planRow((await world.plan({ cacheBytes: 4 })).plan, 'liver').status).toBe('rejected');
  });

  it('content that a person accepted is bound even if they contradict it', async () => {
    await liver();
    await set('old_sha1', hashOf('sha1', 'another'));
    const [candidate] = planRow((await world.plan()).plan, 'liver').candidates;
    await new PostgresRecoveryLedger(world.database, 'salvor.artifacts').decide({
      artifactId: 'liver',
      decision: 'accept',
      cid: candidate?.cid ?? '',
      detail: {},
      note: null,
      actor: 'p',
    });
    expect((await world.apply((await world.plan()).plan)).summary).toMatchObject({ bound: 1, refused: 0 });
  });

  it('their SHA-256 finds the content under any name and rules out others', async () => {
    await liver(csv('an impostor'));
    world.worktree('quest', 'elsewhere/renamed.csv', csv('liver'));
    await set('old_sha256', sha256(csv('liver')));
    await set('metadata', JSON.stringify({ file_size_bytes: csv('liver').length }));
    const { plan } = await world.plan();
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind', rule: '1-digest' });
    await world.apply(plan);
    expect(await world.content('liver')).toBe(csv('liver'));
  });

  it('content that was accepted against them counts: Salvor’s own digest wins', async () => {
    await liver();
    await set('old_sha256', sha256('what it once was'));
    await set('old_sha1', hashOf('sha1', 'what it once was'));
    await set('metadata', JSON.stringify({ file_sha256: sha256(csv('liver')) }));
    expect((await world.apply((await world.plan()).plan)).summary).toMatchObject({ bound: 1, refused: 0 });
  });
});
