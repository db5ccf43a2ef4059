import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ArtifactDetail } from '../../src/dashboard/api/artifact.js';
import type { ReviewDetail, ReviewRow } from '../../src/dashboard/api/recovery.js';
import type { Page } from '../../src/dashboard/api/session.js';
import { call } from './http.js';
import { buildWorld, serve, type World } from './world.js';

/** A second table in the same registry has artifacts with the same ids and its own history. */
let world: World;
let opened: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  world = await buildWorld({ artifacts: 20, drift: 0, review: 2 });
  const other = (sql: string, values: unknown[]) => world.client.query(sql, values);
  const plan = JSON.stringify({ title: 'the other table', file_path: 'other' });
  for (const id of ['m-0001', 'a-0000001', 'z-only-there']) {
    await other(
      `insert into salvor.recovery_rows (artifact_id, artifact_type, status, plan_id, plan_row, table_name)
       values ($1, 'model', 'needs_review', $2, $3, 'public.others')`,
      [id, randomUUID(), plan],
    );
    await other(
      `insert into salvor.decisions (artifact_id, decision, detail, note, actor, table_name)
       values ($1, 'reject', '{}', 'about the other table', 'mallory', 'public.others')`,
      [id],
    );
    await other(
      `insert into salvor.proofs (run_id, artifact_id, sha256, archive_url, member, ok, table_name)
       values ($3, $1, $2, 's3://b/a.tar', 'm', true, 'public.others')`,
      [id, 'f'.repeat(64), randomUUID()],
    );
    await other(
      `insert into salvor.drift (run_id, artifact_id, table_name, artifact_type, old_sha256, new_sha256, size_bytes, mtime, path, root,
         class, first_seen_at, last_seen_at)
       values ($1, $2, 'public.others', 'model', $3, $3, 1, now(), 'p', '/r', 'unknown', now(), now())`,
      [randomUUID(), id, 'e'.repeat(64)],
    );
    await other(
      `insert into salvor.journal (artifact_id, table_name, action, before, after, actor)
       values ($1, 'public.others', 'mark', '{}', '{}', 'mallory')`,
      [id],
    );
  }
  opened = await serve(world);
});
afterAll(async () => {
  await opened?.close();
  await world?.drop();
});

async function get<T>(path: string): Promise<T> {
  return (await call(opened.server.url, { path })).json() as T;
}

it.each(['m-0001', 'a-0000001'])(
  '%s shows nothing of the history of the artifact with the same id',
  async (id) => {
    const detail = await get<ArtifactDetail>(`/api/artifact?id=${id}`);
    expect(detail.proof).toBeNull();
    expect(JSON.stringify(detail)).not.toMatch(/mallory|other table|public\.others/);
    expect(detail.drift ?? []).toEqual([]);
  },
);

it('the review queue is that of the table', async () => {
  const { rows } = await get<Page<ReviewRow>>('/api/review?show=all');
  expect(rows.map((row) => row.artifact_id)).toEqual(['m-0001', 'm-0002']);
  expect(rows.map((row) => row.decided)).toEqual([null, null]);
  const decided = await get<Page<ReviewRow>>('/api/review?show=decided');
  expect(decided.rows).toEqual([]);
  const row = await get<ReviewDetail>('/api/review/row?id=m-0001');
  expect([row.decisions, row.last_decision, row.decided]).toEqual([[], null, null]);
  expect((await call(opened.server.url, { path: '/api/review/row?id=z-only-there' })).status).toBe(404);
});

it('proofs and waiting rows are counted for the table', async () => {
  await expect.poll(async () => JSON.stringify(await get('/api/overview'))).toContain('"state":"ready"');
  const overview = JSON.stringify(await get('/api/overview'));
  expect(overview).toContain('"proven":0');
  const metrics = (await call(opened.server.url, { path: '/metrics' })).body;
  expect(metrics).toMatch(/^salvor_review\S* 2$/m);
});
