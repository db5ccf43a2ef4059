import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.js';
import { noise } from '../../archive/support/bytes.js';
import { csv, sha256 } from '../../support/recovery-world.js';
import { faults } from '../../support/s3.js';
import { DrillWorld } from './world.js';

let world: DrillWorld;

beforeEach(async () => {
  world = await DrillWorld.create();
});
afterEach(async () => {
  expect(world.scratch()).toEqual([]);
  await world.world.close();
});

const bytesOf = (id: string): number => Buffer.byteLength(csv(id));

/** Advances by this much on every read. */
function ticking(stepMs: number): Clock {
  let now = 0;
  return { ...systemClock, monotonicMs: () => (now += stepMs) };
}

async function rows(): Promise<unknown[]> {
  return (await world.world.database.query('select * from artifacts order by id')).rows;
}

it('a proof names the archive version that had the recorded bytes, and no artifact is changed', async () => {
  await world.artifacts('liver', 'heart');
  world.archive('a-2026-04-20.tar.gz', ['liver', 'heart']);
  await world.index();
  const before = await rows();
  const { exitCode, summary } = await world.drill();
  expect(exitCode).toBe(0);
  expect(summary).toMatchObject({ artifacts_total: 2, sampled: 2, proven: 2, failed: 0, no_copy: 0 });
  expect(summary).toMatchObject({ never_proven: 0, stopped_by: null });
  expect(summary.bytes_restored).toBe(bytesOf('liver') + bytesOf('heart'));
  expect(summary.oldest_proof_at).toMatch(/^\d{4}-.*Z$/);
  const proof = (await world.proofs()).find((one) => one.artifact_id === 'liver');
  expect(proof).toMatchObject({
    ok: true,
    reason: null,
    sha256: sha256(csv('liver')),
    archive_url: 's3://scidex/backups/h/a-2026-04-20.tar.gz',
    member: 'datasets/liver.csv',
  });
  expect(proof?.archive_etag).toMatch(/^[0-9a-f]{32}$/);
  expect(await rows()).toEqual(before);
});

it('a flipped bit in an archive is a failure and invalidates the earlier proof', async () => {
  await world.artifacts('liver', 'heart');
  world.archive('a.tar', ['liver', 'heart'], []);
  await world.index();
  expect((await world.drill()).summary.proven).toBe(2);
  await world.flip('a.tar', 'liver,1');
  const { exitCode, summary } = await world.drill();
  expect(exitCode).toBe(1);
  expect(summary).toMatchObject({ proven: 1, failed: 1, copies_failed: 1 });
  expect(world.findings).toEqual([{ code: 'drill.failed', subject: 'liver' }]);
  const last = (await world.proofs()).filter((one) => one.artifact_id === 'liver').at(-1);
  expect(last).toMatchObject({ ok: false, member: 'datasets/liver.csv' });
  expect(last?.reason).toContain('SHA-256');
});

it('a flipped bit in a compressed archive is a failure too', async () => {
  await world.artifacts('liver');
  world.archive('a.tar.gz', ['liver']);
  await world.index();
  await world.flip('a.tar.gz');
  expect(await world.drill()).toMatchObject({ exitCode: 1, summary: { proven: 0, failed: 1 } });
  expect(await world.proofs()).toMatchObject([{ artifact_id: 'liver', ok: false }]);
});

it('if another archive has a good copy, the artifact is proven, and the bad copy is still an error', async () => {
  await world.artifacts('liver');
  world.archive('a.tar', ['liver'], []);
  world.archive('b.tar', ['liver', 'other'], []);
  await world.index();
  await world.flip('b.tar', 'liver,1');
  const { exitCode, summary } = await world.drill();
  expect(exitCode).toBe(1);
  expect(summary).toMatchObject({ proven: 1, failed: 0, copies_failed: 1 });
  expect(await world.proofs()).toMatchObject([{ ok: true, archive_url: 's3://scidex/backups/h/a.tar' }]);
});

it('an artifact that is in no indexed archive is one warning, and never proven', async () => {
  await world.artifacts('liver', 'lost');
  world.archive('a.tar.gz', ['liver']);
  await world.index();
  const { exitCode, summary } = await world.drill();
  expect(exitCode).toBe(0);
  expect(summary).toMatchObject({ sampled: 2, proven: 1, no_copy: 1, never_proven: 1 });
  expect(world.findings).toEqual([{ code: 'drill.no_copy', subject: 'lost' }]);
  expect((await world.proofs()).find((one) => one.artifact_id === 'lost')).toMatchObject({
    ok: false,
    archive_url: null,
  });
});

it('starts with artifacts that were never proven, then the oldest proof, and stops at the limit on bytes', async () => {
  await world.artifacts('aa', 'bb', 'cc');
  world.archive('a.tar.gz', ['aa', 'bb', 'cc']);
  await world.index();
  const tried: string[][] = [];
  for (let i = 0; i < 3; i += 1) {
    const { exitCode, summary } = await world.drill({ maxBytes: 2 * bytesOf('aa') });
    expect(exitCode).toBe(0);
    expect(summary).toMatchObject({ sampled: 2, stopped_by: 'bytes' });
    expect(summary.bytes_restored).toBeLessThanOrEqual(2 * bytesOf('aa'));
    tried.push((await world.proofs()).slice(-2).map((one) => one.artifact_id));
  }
  expect(tried).toEqual([
    ['aa', 'bb'],
    ['cc', 'aa'],
    ['bb', 'cc'],
  ]);
});

it('a newly recorded digest has no proof yet', async () => {
  await world.artifacts('aa', 'bb');
  world.archive('a.tar.gz', ['aa', 'bb', 'new']);
  await world.index();
  await world.drill();
  await world.world.database.query(`update artifacts set metadata = $1 where id = 'bb'`, [
    { file_sha256: sha256(csv('new')) },
  ]);
  const { summary } = await world.drill({ maxBytes: bytesOf('new') });
  expect(summary).toMatchObject({ sampled: 1, proven: 1, never_proven: 0 });
  expect((await world.proofs()).at(-1)).toMatchObject({ artifact_id: 'bb', member: 'datasets/new.csv' });
});

it('an artifact larger than the limit does not block the others', async () => {
  await world.artifacts('aa-is-much-longer-than-the-other', 'bb');
  world.archive('a.tar.gz', ['aa-is-much-longer-than-the-other', 'bb']);
  await world.index();
  const { exitCode, summary } = await world.drill({ maxBytes: bytesOf('bb') });
  expect(exitCode).toBe(0);
  expect(summary).toMatchObject({ sampled: 1, proven: 1, too_large: 0, stopped_by: 'bytes' });
  expect(await world.proofs()).toHaveLength(1);
  // It had no turn, so the next drill begins with it.
  const next = await world.drill({ maxBytes: bytesOf('bb') });
  expect(next.summary).toMatchObject({ sampled: 0, in_parts: 1, bytes_restored: bytesOf('bb') });
});

it('stops at the time limit and at a signal; a drill that restored nothing is never green', async () => {
  await world.artifacts('aa', 'bb');
  world.archive('a.tar.gz', ['aa', 'bb']);
  await world.index();
  // Looked at: the start, twice for each look-up, twice before each artifact, three times at each chunk.
  const some = await world.drill({ clock: ticking(10), maxDurationMs: 85 });
  expect(some).toMatchObject({ exitCode: 0, summary: { proven: 1, stopped_by: 'duration' } });
  const none = await world.drill({ clock: ticking(10), maxDurationMs: 1 });
  expect(none).toMatchObject({ exitCode: 3, failure: { code: 'drill.nothing' }, summary: { sampled: 0 } });
  expect(await world.drill({ stop: true })).toMatchObject({
    exitCode: 143,
    summary: { stopped_by: 'signal' },
  });
});

it('without digests, or without indexes, there is nothing to drill: exit 3', async () => {
  world.archive('a.tar.gz', ['aa']);
  expect(await world.drill()).toMatchObject({ exitCode: 3, summary: { artifacts_total: 0 } });
  await world.artifacts('aa');
  const { exitCode, failure, summary } = await world.drill();
  expect(exitCode).toBe(3);
  expect(failure?.message).toContain('no archive has a usable index');
  expect(summary).toMatchObject({ archives_indexed: 0, archives_left_out: 1, never_proven: 1 });
  expect(await world.proofs()).toEqual([]);
});

it.each([
  { code: 'InvalidObjectState', finding: 'archive.cold', counted: { cold: 1, failed: 0 } },
  { code: 'AccessDenied', finding: 'drill.failed', counted: { cold: 0, failed: 1 } },
])('an archive that answers $code is a finding of its copy; the others are tried', async (faulty) => {
  await world.artifacts('only-there', 'both', 'other');
  world.archive('artifacts-2026-04-19.tar', ['both', 'other'], []);
  world.archive('artifacts-2026-04-20.tar', ['only-there', 'both'], []);
  await world.index();
  const { s3 } = world.world;
  s3.fault('GetObject', async (call, answer, index) =>
    String(call.key).endsWith('20.tar') ? faults.error(faulty.code)(call, answer, index) : answer(),
  );
  const { summary } = await world.drill();
  expect(summary).toMatchObject({ sampled: 3, proven: 2, ...faulty.counted });
  const told = world.findings.map(({ code, subject }) => `${code} ${subject}`).sort();
  expect(told).toContain(`${faulty.finding} only-there`);
  expect(told.every((one) => one.startsWith(faulty.finding))).toBe(true);
  const again = await world.drill();
  expect(again.summary).toMatchObject({ proven: 2 });
});

it('one that needs more than the time of a drill is restored over several, and keeps no other from its turn', async () => {
  const giant = csv('aa').repeat(Math.ceil(6e6 / bytesOf('aa')));
  await world.world.row({ id: 'aa', metadata: { file_sha256: sha256(giant) } });
  await world.artifacts('bb', 'cc');
  world.archive('small.tar', ['bb', 'cc'], []);
  world.world.archive('h/giant.tar', { 'datasets/aa.csv': giant }, { flags: [] });
  await world.index();
  const drill = () => world.drill({ clock: ticking(10), maxDurationMs: 450 });
  expect(await drill()).toMatchObject({ exitCode: 0, summary: { proven: 2, in_parts: 1 } });
  let runs = 1;
  for (; (await world.proofs()).every(({ artifact_id }) => artifact_id !== 'aa'); runs += 1) {
    expect(runs).toBeLessThan(100);
    await drill();
  }
  expect(runs).toBeGreaterThan(1);
  expect((await world.proofs()).find(({ artifact_id }) => artifact_id === 'aa')).toMatchObject({ ok: true });
  expect(await world.parts()).toEqual([]);
  expect(world.findings).toEqual([]);
});

it('one that no longer fits into the limit on bytes comes first in the next run, and smaller ones continue', async () => {
  const larger = csv('bb').repeat(20);
  await world.artifacts('aa', 'cc');
  await world.world.row({ id: 'bb', metadata: { file_sha256: sha256(larger) } });
  world.archive('small.tar', ['aa', 'cc'], []);
  world.world.archive('h/larger.tar', { 'datasets/bb.csv': larger }, { flags: [] });
  await world.index();
  const maxBytes = Buffer.byteLength(larger);
  expect((await world.drill({ maxBytes })).summary).toMatchObject({ proven: 2, stopped_by: 'bytes' });
  const { summary } = await world.drill({ maxBytes });
  expect(summary).toMatchObject({ proven: 1, never_proven: 0, stopped_by: 'bytes' });
});

it('a drill of very many artifacts asks for them a few times only: each query reads the whole registry', async () => {
  const ids = Array.from({ length: 3000 }, (_, i) => `many_${i}`);
  await world.world.database.query(
    `insert into artifacts (id, artifact_type, metadata) select id, 'dataset', json_build_object('file_sha256', sha256)::text::json
     from unnest($1::text[], $2::text[]) as i(id, sha256)`,
    [ids, ids.map((id) => sha256(csv(id)))],
  );
  world.archive('a.tar.gz', ids.slice(0, 1));
  await world.index();
  const { summary } = await world.drill();
  expect(summary).toMatchObject({ artifacts_total: 3000, sampled: 3000, proven: 1, no_copy: 2999 });
  expect(world.asked).toEqual([1, 4, 16, 64, 256, 1024, 4096, 16_384]);
});

it('many small members are decoded a few times in all, not once each, whatever the order of their artifacts', async () => {
  const ids = Array.from({ length: 600 }, (_, i) => `small_${i}`);
  // Ids are in another order than the members.
  await world.artifacts(...ids);
  world.archive(
    'a.tar.gz',
    [...ids].sort((a, b) => sha256(a).localeCompare(sha256(b))),
  );
  await world.index();
  const archive = world.sizeOf('a.tar.gz');
  const index = world.sizeOf('a.tar.gz.salvor-index');
  const { summary } = await world.drill();
  expect(summary).toMatchObject({ sampled: 600, proven: 600, failed: 0 });
  // The index, and for pages of 1, 4, 16, 64, 256 and 1024.
  expect(summary.bytes_fetched).toBeLessThan(7 * archive + 7 * index);
});

it.each(['reset', 'close'] as const)(
  'a connection that ends between two members (%s) is opened again where it ended',
  async (how) => {
    const files = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`datasets/n${i}.csv`, noise(120_000, i).toString('latin1')]),
    );
    for (const [path, content] of Object.entries(files)) {
      const id = path.slice('datasets/'.length, -'.csv'.length);
      await world.world.row({ id, metadata: { file_sha256: sha256(content) } });
    }
    world.world.archive('h/a.tar.gz', files);
    await world.index();
    // About as much as one member: a connection breaks while nothing is read of it.
    const broken = faults.breakOff(130_000, how);
    world.world.s3.fault('GetObject', (call, answer, index) =>
      String(call.key).endsWith('.tar.gz') ? broken(call, answer, index) : answer(),
    );
    const { exitCode, summary } = await world.drill();
    expect({ exitCode, findings: world.findings }).toEqual({ exitCode: 0, findings: [] });
    expect(summary).toMatchObject({ proven: 12, failed: 0 });
  },
);

it('a damaged part of an index concerns its archive only', async () => {
  await world.artifacts('liver', 'heart');
  world.archive('older.tar.gz', ['liver', 'heart']);
  world.archive('newer.tar.gz', ['liver', 'heart', 'more']);
  await world.index();
  // The member table begins after the header and the checkpoints; the digest of the footer does not cover it.
  await world.flip('newer.tar.gz.salvor-index');
  const { exitCode, summary } = await world.drill();
  expect(exitCode).toBe(0);
  expect(summary).toMatchObject({ proven: 2, archives_indexed: 1, archives_left_out: 1 });
  expect(world.findings).toEqual([
    { code: 'index.unusable', subject: 's3://scidex/backups/h/newer.tar.gz.salvor-index' },
  ]);
  expect(await world.proofs()).toMatchObject([
    { ok: true, archive_url: 's3://scidex/backups/h/older.tar.gz' },
    { ok: true, archive_url: 's3://scidex/backups/h/older.tar.gz' },
  ]);
});
