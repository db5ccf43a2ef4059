import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { salvor } from '../support/cli.js';
import { csv, planRow, RecoveryWorld, sha256 } from '../support/recovery-world.js';

let world: RecoveryWorld;
beforeEach(async () => {
  world = await RecoveryWorld.create();
  world.commit({ README: 'r' });
});
afterEach(() => world.close());

const KEY = 'h/artifacts-2026-04-20.tar.gz';

/** Text that does not compress well, so that an archive has many spans. */
function noise(bytes: number): string {
  let state = 11;
  const lines = Array.from({ length: bytes / 22 }, () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return `${state.toString(36)},${(state ^ 0x5a5a5a5a).toString(36)}`;
  });
  return lines.join('\n');
}

async function indexed(files: Record<string, string>): Promise<void> {
  world.archive(KEY, files);
  const file = join(world.base, 'artifacts-2026-04-20.tar.gz');
  writeFileSync(file, readFileSync(join(world.base, 'archive-0')));
  const built = await salvor(['listings', 'build', file, '--out', world.base, '--span', '256KiB']);
  expect(built).toMatchObject({ code: 0 });
  world.bucket.add(`backups/${KEY}.salvor-index`, { content: readFileSync(`${file}.salvor-index`) });
}

describe('an archive with an index', () => {
  it('returns its members by range, proven by digest, and a renamed file by its digest alone', async () => {
    const files: Record<string, string> = {
      'datasets/liver.csv': csv('liver'),
      'elsewhere/renamed.bin': csv('renamed'),
    };
    for (let i = 0; i < 8; i += 1) files[`bulk/${i}.csv`] = noise(600_000) + i;
    await indexed(files);
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    await world.row({
      id: 'renamed',
      path: 'datasets/lost.csv',
      metadata: { file_sha256: sha256(csv('renamed')) },
    });
    const { plan } = await world.plan();
    expect(planRow(plan, 'liver')).toMatchObject({ status: 'to_bind', rule: '7-anchored' });
    expect(planRow(plan, 'renamed')).toMatchObject({ status: 'to_bind', rule: '1-digest' });
    const applied = await world.apply(plan);
    expect(applied).toMatchObject({ exitCode: 0, summary: { bound: 2 } });
    const whole = readFileSync(join(world.base, 'archive-0')).length;
    expect(applied.summary.bytes_fetched).toBeLessThan(whole / 2);
    expect(await world.content('liver')).toBe(csv('liver'));
    expect(await world.content('renamed')).toBe(csv('renamed'));
    expect((await world.stored('liver')).metadata.file_recovered_from).toMatchObject({
      verified_by: 'sha256',
    });
  });

  it('many members that are close together cost about one read of the archive, not one each', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `small-${i}`);
    await indexed(Object.fromEntries(ids.map((id) => [`datasets/${id}.csv`, csv(id)])));
    // In another order than in the archive.
    for (const id of [...ids].reverse()) await world.row({ id, path: `datasets/${id}.csv` });
    const { plan } = await world.plan();
    const applied = await world.apply(plan);
    expect(applied).toMatchObject({ exitCode: 0, summary: { bound: 60 } });
    const sizeOf = (name: string): number => readFileSync(join(world.base, name)).length;
    const once = sizeOf('archive-0') + sizeOf('artifacts-2026-04-20.tar.gz.salvor-index');
    expect(applied.summary.bytes_fetched).toBeLessThan(5 * once);
  });

  it('a stale index is not trusted: a warning, and the listing is searched', async () => {
    await indexed({ 'datasets/liver.csv': csv('liver') });
    world.archive(KEY, { 'datasets/liver.csv': csv('liver, of a later archive') });
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    const { plan } = await world.plan();
    expect(world.findings.map((one) => one.code)).toContain('index.unusable');
    expect((await world.apply(plan)).exitCode).toBe(0);
    expect(await world.content('liver')).toBe(csv('liver, of a later archive'));
  });

  it('a stale index and no listing: the archive is named, and the source is not complete', async () => {
    world.archive(KEY, { 'datasets/liver.csv': csv('liver') }, { listing: null });
    await world.index(KEY);
    world.archive(KEY, { 'datasets/kidney.csv': csv('kidney, of a later archive') }, { listing: null });
    mkdirSync(join(world.base, 'worktrees'));
    for (const name of ['liver', 'kidney']) await world.row({ id: name, path: `datasets/${name}.csv` });
    const { plan } = await world.plan();
    expect(plan.sources[2]).toMatchObject({ state: 'scoped', scope: expect.stringContaining('1 ') });
    for (const code of ['index.unusable', 'archive.unlisted'])
      expect(world.findings.filter((one) => one.code === code)).toMatchObject([{ severity: 'warning' }]);
    for (const name of ['liver', 'kidney'])
      expect(planRow(plan, name)).toMatchObject({ status: 'residual', candidates: [] });
    const scanned = (await world.plan({ scanUnlisted: true })).plan;
    expect(scanned.sources[2]).toMatchObject({ state: 'complete' });
    expect(planRow(scanned, 'kidney').status).toBe('to_bind');
    expect(planRow(scanned, 'liver').status).toBe('residual');
  });

  it('a damaged index never returns wrong content', async () => {
    await indexed({ 'datasets/liver.csv': csv('liver') });
    const key = `backups/${KEY}.salvor-index`;
    const whole = readFileSync(join(world.base, 'artifacts-2026-04-20.tar.gz.salvor-index'));
    await world.row({ id: 'liver', path: 'datasets/liver.csv' });
    for (let at = 20; at < whole.length; at += Math.ceil(whole.length / 12)) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      world.bucket.add(key, { content: damaged });
      const { plan } = await world.plan();
      await world.apply(plan);
      expect([undefined, csv('liver')]).toContain(await world.content('liver'));
    }
  });
});
