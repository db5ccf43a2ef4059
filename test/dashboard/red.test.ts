import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../src/cli/config/schema.js';
import { openDashboard } from '../../src/cli/dashboard/dashboard.js';
import type { ArtifactDetail } from '../../src/dashboard/api/artifact.js';
import type { ChecksumsView } from '../../src/dashboard/api/checksums.js';
import type { FindingRow, ListingPartition } from '../../src/dashboard/api/listings.js';
import type { OpenCause, Overview } from '../../src/dashboard/api/overview.js';
import type { ResidualRow } from '../../src/dashboard/api/recovery.js';
import type { RunDetail } from '../../src/dashboard/api/runs.js';
import type { Page } from '../../src/dashboard/api/session.js';
import { packTar } from '../archive/support/pack.js';
import { LedgerWorld } from '../ledger/world.js';
import { bearer, call, JSON_TYPE } from './http.js';

const TOKEN = 'own-token-own-token-own-token-own-token';
let world: LedgerWorld;
beforeEach(async () => {
  world = await LedgerWorld.create();
});
afterEach(() => world.close());

type Get = <T>(path: string) => Promise<T>;
type Post = (path: string, body: object) => Promise<{ status: number; body: string }>;

/** A dashboard over the results of real runs. */
async function served<T>(work: (get: Get, post: Post) => Promise<T>): Promise<T> {
  const config = configSchema.parse(parse(readFileSync(join(world.base, 'salvor.yaml'), 'utf8')));
  const opened = await openDashboard({
    config,
    flags: { listen: '127.0.0.1:0' },
    own: { actor: 'operator@test', secret: TOKEN },
    pages: join(import.meta.dirname, '../../dist/dashboard/pages'),
    log: () => undefined,
  });
  const get: Get = async <A>(path: string) => {
    const answer = await call(opened.server.url, { path });
    expect(answer.status, `${path}: ${answer.body}`).toBe(200);
    return answer.json() as A;
  };
  const post: Post = (path, body) =>
    call(opened.server.url, {
      method: 'POST',
      path,
      headers: { ...JSON_TYPE, ...bearer(TOKEN) },
      body: JSON.stringify(body),
    });
  try {
    return await work(get, post);
  } finally {
    await opened.close();
  }
}

const query = (parameters: Record<string, string>): string => new URLSearchParams(parameters).toString();

it('a lost file is named on the overview and on its own pages, with what to do, until it is fixed', async () => {
  for (const id of ['a', 'b']) {
    world.file(id, `content of ${id}`);
    await world.row(id, id);
  }
  world.configure({ watchdog: { expect: [{ job: 'checksums verify', within: '1d' }] } });
  await served(async (get) => {
    expect((await get<Overview>('/api/overview')).last_verified_at).toBeNull();
  });
  expect((await world.run('checksums backfill')).code).toBe(0);
  unlinkSync(join(world.base, 'root/b'));
  expect((await world.run('checksums verify')).code).toBe(1);

  await served(async (get) => {
    const { needs } = await get<Overview>('/api/overview');
    expect(needs).toMatchObject([
      {
        kind: 'finding',
        severity: 'error',
        code: 'file.lost',
        count: 1,
        title: 'file is lost',
        subject: 'b',
        command: 'salvor recovery plan',
        job: 'checksums verify',
      },
    ]);
    // The subject is one click away.
    const asked = new URL(needs[0]?.href ?? '', 'http://x');
    const { rows } = await get<Page<FindingRow>>(`/api/findings${asked.search}`);
    expect(rows).toMatchObject([{ code: 'file.lost', subject: 'b' }]);
    expect(await get<OpenCause[]>('/api/findings/causes')).toMatchObject([
      { code: 'file.lost', words: 'file is lost', subject: 'b', severity: 'error', count: 1 },
    ]);
    expect((await get<ArtifactDetail>('/api/artifact?id=b')).findings).toMatchObject([
      { code: 'file.lost', job: 'checksums verify' },
    ]);
    expect((await get<ArtifactDetail>('/api/artifact?id=a')).findings).toEqual([]);
    expect((await get<ChecksumsView>('/api/checksums')).open).toMatchObject([
      { code: 'file.lost', count: 1 },
    ]);
  });

  world.file('b', 'content of b');
  expect((await world.run('checksums verify')).code).toBe(0);
  await served(async (get) => {
    const { needs, last_verified_at: verified } = await get<Overview>('/api/overview');
    expect(needs).toEqual([]);
    expect(Date.now() - Date.parse(verified ?? '')).toBeLessThan(600_000);
  });
});

it('partitions are ordered by open errors, including overdue and vanished archives, and each has its own history', async () => {
  const archive = (host: string, name: string, days: number): void => {
    const path = join(world.base, 'store', host, name);
    mkdirSync(join(path, '..'), { recursive: true });
    for (const file of [path, `${path}.list.txt`]) {
      writeFileSync(file, '-rw-r--r-- 0/0 1 2026-01-01 00:00 a\n');
      const at = Date.now() / 1000 - days * 86_400 + (file === path ? 0 : 60);
      utimesSync(file, at, at);
    }
  };
  for (const host of ['aaa', 'mmm', 'zzz']) for (const n of [1, 2]) archive(host, `home-${n}.tar.gz`, 3 - n);
  archive('zzz', 'home-3.tar.gz', 1);
  const url = `file://${world.base}/store/`;
  world.configure({ backups: [{ url, max_age: '3d' }] });
  expect((await world.run('listings verify')).code).toBe(0);
  renameSync(join(world.base, 'store/zzz'), join(world.base, 'zzz'));
  for (const n of [1, 2]) archive('mmm', `home-${n}.tar.gz`, 20);
  expect((await world.run('listings verify')).code).toBe(1);

  await served(async (get) => {
    const { rows } = await get<Page<ListingPartition>>('/api/listings/partitions');
    expect(rows.map(({ name, errors, violations }) => ({ name, errors, violations }))).toEqual([
      { name: 'mmm', errors: 1, violations: 0 },
      { name: 'zzz', errors: 1, violations: 0 },
      { name: 'aaa', errors: 0, violations: 0 },
    ]);
    const history = async (name: string) => {
      const asked = query({
        scope: rows[0]?.scope ?? '',
        partition: rows.find((one) => one.name === name)?.url ?? '',
      });
      return (await get<{ archives_total: number }[]>(`/api/listings/history?${asked}`)).map(
        (p) => p.archives_total,
      );
    };
    expect(await history('zzz')).toEqual([3, 0]);
    expect(await history('aaa')).toEqual([2, 2]);
    const codes = (await get<Overview>('/api/overview')).needs.flatMap(({ code }) => code ?? []).sort();
    expect(codes).toEqual(['archive.backup_overdue', 'partition.vanished']);
  });
});

it('a failed run says why; a running run cannot be undone, and the reply says so', async () => {
  world.file('a', 'content of a');
  await world.row('a', 'a');
  const { json } = await world.run('checksums backfill');
  const id = json.run_id as string;
  await world.db.query(
    "update salvor.runs set status = 'running', finished_at = null, heartbeat_at = now() where id = $1",
    [id],
  );
  await served(async (get, post) => {
    const refused = await post('/api/journal/undo', { run: id });
    expect(refused.status).toBe(409);
    expect(refused.body).toContain('is still going; nothing was taken back');
    await world.db.query("update salvor.runs set status = 'ok', finished_at = now() where id = $1", [id]);
    expect((await post('/api/journal/undo', { run: id })).status).toBe(200);
    expect((await get<RunDetail>(`/api/runs/${id}`)).undone).toMatchObject({
      changes: 1,
      by: 'operator@test',
    });
  });
  rmSync(join(world.base, 'root'), { recursive: true });
  const failed = await world.run('checksums backfill');
  expect(failed.code).toBe(3);
  mkdirSync(join(world.base, 'root'));
  await served(async (get) => {
    const { failures } = await get<RunDetail>(`/api/runs/${failed.json.run_id}`);
    expect(failures).toMatchObject([{ code: 'root.unavailable' }]);
  });
});

it('a recovered file is shown as undone after an undo; a residual row says why nothing was found', async () => {
  mkdirSync(join(world.base, 'worktree/folder'), { recursive: true });
  writeFileSync(join(world.base, 'worktree/folder/found.csv'), 'x,y\n1,2\n');
  world.file('here', 'a file');
  await world.row('found', 'folder/found.csv');
  await world.row('gone', 'folder/nowhere-at-all.csv');
  world.configure({
    recovery: { sources: [{ directory: join(world.base, 'worktree') }], types: { dataset: {} } },
  });
  const planned = await world.run('recovery plan', '--out', join(world.base, 'plan.json'));
  expect(planned.json.summary, planned.stdout).toMatchObject({ to_bind: 1 });
  const applied = await world.run(`recovery apply ${join(world.base, 'plan.json')}`);
  expect(applied.json.summary, `${applied.stdout}${applied.stderr}`).toMatchObject({ bound: 1, residual: 1 });

  await served(async (get, post) => {
    const { rows } = await get<Page<ResidualRow>>('/api/residual');
    expect(rows).toMatchObject([{ artifact_id: 'gone', status: 'residual', similar: 0 }]);
    expect(rows[0]?.cause).toMatch(/expected nowhere-at-all\.csv.*searched 1 source/s);
    expect(await get<Page<ResidualRow>>('/api/residual?status=unrecoverable')).toEqual({
      rows: [],
      next: null,
    });
    expect((await get<ArtifactDetail>('/api/artifact?id=found')).recovery).toMatchObject({
      status: 'bound',
      undone: null,
    });
    expect((await post('/api/journal/undo', { run: applied.json.run_id })).status).toBe(200);
    const { recovery } = await get<ArtifactDetail>('/api/artifact?id=found');
    expect(recovery).toMatchObject({ status: 'bound', undone: { by: 'operator@test' } });
  });
});

it('an archive that is checked over several runs is on the checksums page until it is done', async () => {
  const content = createHash('sha512').update('noise').digest('hex').repeat(8000);
  world.put('store/large.tar', await packTar([{ name: 'a', content }]));
  world.put('store/large.tar.list.txt', 'a\n');
  const check = `listings check ${join(world.base, 'store')}/ --all --max-bytes 600kB`;
  const part = await world.run(check);
  expect(part.json.summary, part.stdout).toMatchObject({ in_parts: 1 });
  await served(async (get) => {
    const { archive_parts } = await get<ChecksumsView>('/api/checksums');
    expect(archive_parts).toMatchObject([
      {
        job: 'listings check',
        verb: 'checked',
        subject: expect.stringContaining('large.tar'),
        bytes_total: 1_025_536,
      },
    ]);
    expect(archive_parts[0]?.bytes_read).toBeGreaterThan(0);
  });
  expect((await world.run(check)).json.summary).toMatchObject({ in_parts: 0 });
  await served(async (get) => {
    expect((await get<ChecksumsView>('/api/checksums')).archive_parts).toEqual([]);
  });
});
