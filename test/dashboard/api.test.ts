import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDashboard } from '../../src/cli/dashboard/dashboard.js';
import type { ArtifactDetail, JournalRow } from '../../src/dashboard/api/artifact.js';
import type { ChecksumsView } from '../../src/dashboard/api/checksums.js';
import type { DriftDetail, DriftRow } from '../../src/dashboard/api/drift.js';
import type {
  FindingRow,
  ListingPartition,
  ListingPoint,
  ListingScope,
} from '../../src/dashboard/api/listings.js';
import type { Overview } from '../../src/dashboard/api/overview.js';
import type { ReviewDetail, ReviewRow } from '../../src/dashboard/api/recovery.js';
import type { RunDetail, RunInfo } from '../../src/dashboard/api/runs.js';
import type { ActionResult, Page } from '../../src/dashboard/api/session.js';
import { bearer, call, JSON_TYPE } from './http.js';
import { insertRun, SCOPE } from './seed-runs.js';
import { ALICE_TOKEN, buildWorld, serve, type World } from './world.js';

const DRIFT = 130;
const REVIEW = 120;

let world: World;
let opened: OpenedDashboard & { logged: string[] };

beforeAll(async () => {
  world = await buildWorld({ artifacts: 400, drift: DRIFT, review: REVIEW });
  opened = await serve(world);
});
afterAll(async () => {
  await opened.close();
  await world.drop();
});

async function get<T>(path: string): Promise<T> {
  const answer = await call(opened.server.url, { path });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
  return answer.json() as T;
}

async function post(path: string, body: object): Promise<{ status: number; result: ActionResult }> {
  const headers = { ...JSON_TYPE, ...bearer(ALICE_TOKEN) };
  const answer = await call(opened.server.url, { method: 'POST', path, headers, body: JSON.stringify(body) });
  return { status: answer.status, result: answer.json() as unknown as ActionResult };
}

/** All rows of a queue, fetched page by page. */
async function whole<T>(path: string): Promise<T[]> {
  const rows: T[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const separator = path.includes('?') ? '&' : '?';
    const page: Page<T> = await get<Page<T>>(`${path}${separator}after=${encodeURIComponent(after)}`);
    expect(page.rows.length).toBeLessThanOrEqual(50);
    rows.push(...page.rows);
    after = page.next;
  }
  return rows;
}

/** Polls until the census is ready. */
async function counted(): Promise<Overview> {
  for (;;) {
    const overview = await get<Overview>('/api/overview');
    if (
      overview.census.state !== 'counting' &&
      !(overview.census.state === 'ready' && overview.census.recounting)
    )
      return overview;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs the same requests against a newly started dashboard. */
async function withFresh(config: Record<string, unknown>, work: () => Promise<void>): Promise<void> {
  const before = opened;
  opened = await serve(world, { config });
  try {
    await work();
    expect(opened.logged).toEqual([]);
  } finally {
    await opened.close();
    opened = before;
  }
}

describe('overview', () => {
  it('reports the verified share that the table has', async () => {
    const { census } = await counted();
    if (census.state !== 'ready') throw new Error(JSON.stringify(census));
    const { rows } = await world.client.query<{ artifacts: number; verified: number }>(
      `select count(*)::int as artifacts, count(*) filter (where metadata ? 'file_sha256_computed_at'
         and id not in (select artifact_id from salvor.drift where state = 'open'))::int as verified from artifacts`,
    );
    expect(census.census.totals).toMatchObject({ ...rows[0], proven: 0, recoverable: rows[0]?.verified });
    expect(census.census).toMatchObject({
      oldest_verified_at: '2026-11-10T03:00:00.000Z',
      oldest_proof_at: null,
      proofs_kept: true,
    });
    const byType = await world.client.query(
      `select artifact_type as type, count(*)::int as artifacts, count(file_path)::int as with_path,
         count(*) filter (where metadata ? 'file_sha256_computed_at'
           and id not in (select artifact_id from salvor.drift where state = 'open'))::int as verified
       from artifacts group by 1 order by 2 desc, 1`,
    );
    expect(census.census.types).toMatchObject(byType.rows);
  });

  it('shows the newest run of every job, scope and host', async () => {
    const added = [];
    for (const [host, hours] of [
      ['borealis', 3],
      ['borealis', 2],
      ['cirrus', 4],
    ] as const) {
      const startedAt = Date.now() - hours * 3_600_000;
      const run = { job: 'listings verify', scope: SCOPE, host, status: 'ok', exitCode: 0, startedAt };
      added.push(await insertRun(world.client, run));
    }
    await withFresh({}, async () => {
      const { rows } = await world.client.query<{ id: string }>(
        `select distinct on (job, scope, host) id from salvor.runs
         order by job, scope, host, started_at desc, id`,
      );
      const { jobs } = await get<Overview>('/api/overview');
      expect(jobs.map((run) => run.id)).toEqual(rows.map((row) => row.id));
    });
    await world.client.query('delete from salvor.runs where id = any($1)', [added]);
  });

  it('lists the issues that need attention, errors first', async () => {
    const { needs, expectations } = await counted();
    expect(needs.map(({ kind, severity, count }) => ({ kind, severity, count }))).toEqual([
      { kind: 'drift', severity: 'error', count: DRIFT },
      { kind: 'listings', severity: 'error', count: 2 },
      { kind: 'listings', severity: 'error', count: 1 },
      { kind: 'review', severity: 'warning', count: REVIEW },
    ]);
    expect(expectations).toEqual({ expected: 1, red: 1 });
  });

  it('counts a proof only if it is the last trial and of the recorded content', async () => {
    const prove = (index: number, at: string, sha256: string, reason: string | null) =>
      world.client.query(
        `insert into salvor.proofs (run_id, artifact_id, sha256, archive_url, member, ok, reason, proved_at, table_name)
         select gen_random_uuid(), o.artifact_id, coalesce($2, o.new_sha256), 's3://b/a.tar', 'm', $3::text is null, $3, $4, 'salvor.artifacts'
         from salvor.drift o where state = 'open' order by id offset $1 limit 1`,
        [index, sha256 === '' ? null : sha256, reason, at],
      );
    for (const index of [0, 1, 2]) await prove(index, '2026-11-12T00:00:00Z', '', null);
    await prove(0, '2026-11-13T00:00:00Z', '', 'other bytes came out');
    await prove(3, '2026-11-11T00:00:00Z', 'f'.repeat(64), null);
    await withFresh({}, async () => {
      const { census } = await counted();
      if (census.state !== 'ready') throw new Error(JSON.stringify(census));
      expect(census.census.totals.proven).toBe(2);
      expect(census.census.totals.recoverable).toBe(census.census.totals.verified + 2);
      expect(census.census).toMatchObject({ oldest_proof_at: '2026-11-12T00:00:00.000Z', proofs_kept: true });
      const { rows } = await world.client.query<{ id: string }>(
        "select artifact_id as id from salvor.drift where state = 'open' order by id limit 4",
      );
      const proofs = await Promise.all(
        rows.map(async ({ id }) => (await get<ArtifactDetail>(`/api/artifact?id=${id}`)).proof),
      );
      expect(proofs.map((proof) => [proof?.ok, proof?.of_current])).toEqual([
        [false, true],
        [true, true],
        [true, true],
        [true, false],
      ]);
    });
    await world.client.query('truncate salvor.proofs');
  });

  it('says so and counts no proofs if there is no table of proofs', async () => {
    await world.client.query('alter table salvor.proofs rename to proofs_away');
    await withFresh({}, async () => {
      const { census } = await counted();
      expect(census).toMatchObject({ census: { proofs_kept: false, totals: { proven: 0 } } });
      expect((await get<ArtifactDetail>('/api/artifact?id=a-0000001')).proof).toBeNull();
    });
    await world.client.query('alter table salvor.proofs_away rename to proofs');
  });
});

describe('queues', () => {
  it('drift: every entry once, newest first, with filters', async () => {
    const all = await whole<DriftRow>('/api/drift?state=open');
    const ids = all.map((row) => Number(row.id));
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect(new Set(ids).size).toBe(DRIFT);
    expect(all[0]?.title).toMatch(/^Expression matrix/);
    const corrupt = await whole<DriftRow>('/api/drift?class=corrupt');
    expect(corrupt.length).toBe(all.filter((row) => row.class === 'corrupt').length);
    const models = await whole<DriftRow>('/api/drift?type=model');
    expect(models.length).toBe(all.filter((row) => row.artifact_type === 'model').length);
  });

  it('review: every row once', async () => {
    const all = await whole<ReviewRow>('/api/review');
    expect(new Set(all.map((row) => row.artifact_id)).size).toBe(REVIEW);
    expect(all[0]).toMatchObject({ candidates: 2, decided: null, rule: '6' });
  });

  it('rows added or removed between pages do not make another row appear twice or be skipped', async () => {
    const first = await get<Page<DriftRow>>('/api/drift?state=open');
    await world.client.query(
      `insert into salvor.drift (artifact_id, table_name, old_sha256, new_sha256, size_bytes, mtime, path, root, class, first_seen_at, last_seen_at)
       values ('new', 'salvor.artifacts', repeat('0', 64), repeat('1', 64), 1, now(), 'p', '/r', 'unknown', now(), now())`,
    );
    const second = await get<Page<DriftRow>>(`/api/drift?state=open&after=${first.next}`);
    const firstIds = first.rows.map((row) => Number(row.id));
    expect(Math.max(...second.rows.map((row) => Number(row.id)))).toBe(Math.min(...firstIds) - 1);
    await world.client.query("delete from salvor.drift where artifact_id = 'new'");
  });

  it('runs and journal: every row once', async () => {
    const runs = await whole<RunInfo>('/api/runs');
    expect(new Set(runs.map((run) => run.id)).size).toBe(33);
    expect((await whole<RunInfo>('/api/runs?job=listings%20verify&status=findings')).length).toBe(4);
    const journal = await whole<JournalRow>('/api/journal?action=drift');
    expect(new Set(journal.map((row) => row.id)).size).toBe(DRIFT);
  });

  it.each([
    '/api/drift?after=x',
    '/api/runs?after=x',
    '/api/runs?after=WzEsMl0x',
    '/api/drift?state=odd',
    '/api/journal?after=-1',
    '/api/listings/history',
    '/api/listings/findings?scope=',
  ])('what is no cursor or filter is refused: %s', async (path) => {
    expect((await call(opened.server.url, { path })).status).toBe(400);
  });
});

describe('listings', () => {
  it('the last run of every scope, its partitions, its curve', async () => {
    const scopes = await get<ListingScope[]>('/api/listings/scopes');
    expect(scopes).toMatchObject([
      { scope: SCOPE, partitions: 3, violations: 3, run: { status: 'findings' } },
    ]);
    const partitions = await get<Page<ListingPartition>>('/api/listings/partitions');
    expect(partitions.rows.map(({ name, violations }) => [name, violations])).toEqual([
      ['atlas', 3],
      ['borealis', 0],
      ['cirrus', 0],
    ]);
    const of = (query: string) =>
      get<ListingPoint[]>(`/api/listings/history?scope=${encodeURIComponent(SCOPE)}${query}`);
    const curve = await of('');
    expect(curve.length).toBe(30);
    expect(curve.map((point) => point.at)).toEqual(curve.map((point) => point.at).sort());
    const one = await of(`&partition=${encodeURIComponent(`${SCOPE}cirrus/`)}`);
    expect(one.at(-1)).toMatchObject({ archives_total: 117, violations: 0 });
    expect(await of('&partition=nowhere')).toEqual([]);
  });

  it('open findings: those that decide the exit code, or all', async () => {
    const of = async (show: string): Promise<Page<FindingRow>> =>
      get(`/api/listings/findings?scope=${encodeURIComponent(SCOPE)}&show=${show}`);
    const counting = (await of('counting')).rows;
    const all = (await of('all')).rows;
    expect(counting.length).toBe(3);
    expect(counting).toEqual(all.filter((one) => one.severity === 'error' && !one.baseline));
    expect(all.length).toBeGreaterThan(counting.length);
  });

  it('open findings below a prefix', async () => {
    const of = (prefix: string) =>
      whole<{ subject: string }>(
        `/api/listings/findings?scope=${encodeURIComponent(SCOPE)}&prefix=${encodeURIComponent(prefix)}`,
      );
    expect((await of('')).length).toBe(5);
    expect((await of(`${SCOPE}borealis/`)).map((row) => row.subject)).toEqual([
      `${SCOPE}borealis/artifacts-2026-11-16.tar.gz`,
    ]);
    expect(await of(`${SCOPE}bor_alis`)).toEqual([]);
  });
});

it('checksums: by type, with the last backfill', async () => {
  await counted();
  const view = await get<ChecksumsView>('/api/checksums');
  expect(view.backfill).toMatchObject({
    counts: { rows_scanned: 412 },
    by_type: { model: { rows_lost: 1 } },
  });
  expect(view.scrub).toBeNull();
  expect(Object.values(view.open_drift).reduce((a, b) => a + b, 0)).toBe(DRIFT);
});

it('a run: options, summary, number of changes', async () => {
  const [run] = (await get<Page<RunInfo>>('/api/runs?job=checksums%20backfill')).rows;
  const detail = await get<RunDetail>(`/api/runs/${run?.id}`);
  expect(detail).toMatchObject({ summary: { rows_scanned: 412 }, options: { grace: 3_600_000 }, changes: 0 });
  for (const id of ['00000000-0000-0000-0000-000000000000', 'no-uuid']) {
    expect((await call(opened.server.url, { path: `/api/runs/${id}` })).status).toBe(404);
  }
});

it('an unknown entry is a 404, and so is one whose id is not a number', async () => {
  for (const id of ['999999999', 'no-number', '-1', '9'.repeat(30)]) {
    expect((await call(opened.server.url, { path: `/api/drift/${id}` })).status).toBe(404);
  }
});

describe('decisions', () => {
  const recorded = async (id: string): Promise<string> => {
    const { rows } = await world.client.query<{ sha: string }>(
      "select metadata ->> 'file_sha256' as sha from artifacts where id = $1",
      [id],
    );
    return rows[0]?.sha ?? '';
  };

  it('a drift is rejected, the journal records who did it, and an undo reopens it', async () => {
    const [row] = (await get<Page<DriftRow>>('/api/drift?state=open')).rows;
    if (row === undefined) throw new Error('no drift');
    expect(await recorded(row.artifact_id)).toBe(row.new_sha256);
    const decided = await post(`/api/drift/${row.id}`, { verdict: 'reject', note: ' not ours ' });
    expect(decided).toMatchObject({ status: 200, result: { refused: [] } });
    expect(await recorded(row.artifact_id)).toBe(row.old_sha256);
    expect(await get<DriftDetail>(`/api/drift/${row.id}`)).toMatchObject({
      state: 'rejected',
      decided_by: 'alice',
      note: 'not ours',
      recorded_sha256: row.old_sha256,
    });

    const again = await post(`/api/drift/${row.id}`, { verdict: 'accept' });
    expect(again.status).toBe(409);
    expect(again.result).toMatchObject({ error: { code: 'drift.closed' } });

    const [entry] = (
      await get<Page<JournalRow>>(`/api/journal?artifact=${row.artifact_id}&action=drift.reject`)
    ).rows;
    expect(entry).toMatchObject({ actor: 'alice', undone_by: null });
    const undone = await post('/api/journal/undo', { entry: entry?.id });
    expect(undone).toMatchObject({ status: 200, result: { refused: [] } });
    expect(await recorded(row.artifact_id)).toBe(row.new_sha256);
    const [reverse] = (await get<Page<JournalRow>>(`/api/journal?artifact=${row.artifact_id}&action=undo`))
      .rows;
    expect(reverse).toMatchObject({ actor: 'alice', undoes: entry?.id });
  });

  it('an undo is refused, with the reason, if the value has changed since', async () => {
    const [row] = (await get<Page<DriftRow>>('/api/drift?state=open')).rows;
    if (row === undefined) throw new Error('no drift');
    await post(`/api/drift/${row.id}`, { verdict: 'reject' });
    const other = 'f'.repeat(64);
    await world.client.query(
      `update artifacts set metadata = jsonb_set(metadata, '{file_sha256}', to_jsonb($2::text)) where id = $1`,
      [row.artifact_id, other],
    );
    const [entry] = (
      await get<Page<JournalRow>>(`/api/journal?artifact=${row.artifact_id}&action=drift.reject`)
    ).rows;
    const undone = await post('/api/journal/undo', { entry: entry?.id });
    expect(undone.result.refused).toHaveLength(1);
    expect(await recorded(row.artifact_id)).toBe(other);
  });

  it('if two people decide the same entry at once, one gets the reply that it is already decided', async () => {
    const [row] = (await get<Page<DriftRow>>('/api/drift?state=open')).rows;
    const both = await Promise.all([
      post(`/api/drift/${row?.id}`, { verdict: 'accept' }),
      post(`/api/drift/${row?.id}`, { verdict: 'reject' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('a candidate is accepted, another rejected, and the row leaves the queue', async () => {
    const [row] = (await get<Page<ReviewRow>>('/api/review')).rows;
    const detail = await get<ReviewDetail>(`/api/review/row?id=${row?.artifact_id}`);
    const [first, second] = detail.candidates;
    const id = detail.artifact_id;
    expect((await post('/api/review/row', { id, verdict: 'reject', cid: second?.cid })).status).toBe(200);
    expect(
      (await post('/api/review/row', { id, verdict: 'accept', cid: first?.cid, note: 'looked at it' }))
        .status,
    ).toBe(200);
    const { rows } = await world.client.query(
      'select decision, cid, note, actor from salvor.decisions where artifact_id = $1 order by id',
      [id],
    );
    expect(rows).toEqual([
      { decision: 'reject', cid: second?.cid, note: null, actor: 'alice' },
      { decision: 'accept', cid: first?.cid, note: 'looked at it', actor: 'alice' },
    ]);
    const waiting = await whole<ReviewRow>('/api/review');
    expect(waiting.map((one) => one.artifact_id)).not.toContain(id);
    expect((await get<Page<ReviewRow>>('/api/review?show=decided')).rows).toMatchObject([
      { artifact_id: id, decided: { decision: 'accept', actor: 'alice' } },
    ]);

    // After the withdrawal it is waiting again, and all decisions are still readable.
    expect((await post('/api/review/row', { id, verdict: 'withdraw', note: 'a mistake' })).status).toBe(200);
    expect((await get<Page<ReviewRow>>('/api/review?show=decided')).rows).toEqual([]);
    expect((await whole<ReviewRow>('/api/review')).map((one) => one.artifact_id)).toContain(id);
    expect(await get<ReviewDetail>(`/api/review/row?id=${id}`)).toMatchObject({
      decided: null,
      decisions: [
        { decision: 'withdraw', note: 'a mistake' },
        { decision: 'accept' },
        { decision: 'reject' },
      ],
    });
    const { needs } = await get<Overview>('/api/overview');
    expect(needs.find((need) => need.kind === 'review')?.count).toBe(waiting.length + 1);
    const again = await post('/api/review/row', { id, verdict: 'withdraw' });
    expect(again).toMatchObject({ result: { error: { code: 'review.unknown' } } });
  });

  it('a decision from an outdated page is refused, and the reply says who decided what', async () => {
    const [row] = (await get<Page<ReviewRow>>('/api/review')).rows;
    const id = row?.artifact_id ?? '';
    const { candidates, last_decision: seen } = await get<ReviewDetail>(`/api/review/row?id=${id}`);
    const accept = { id, seen, verdict: 'accept', cid: candidates[0]?.cid };
    expect((await post('/api/review/row', { ...accept, verdict: 'reject' })).status).toBe(200);
    const late = await post('/api/review/row', accept);
    expect(late).toMatchObject({ status: 409, result: { error: { code: 'decision.changed' } } });
    expect(JSON.stringify(late.result)).toContain('alice rejected candidate');
    const { rows } = await world.client.query(
      'select decision from salvor.decisions where artifact_id = $1 order by id desc limit 1',
      [id],
    );
    expect(rows).toEqual([{ decision: 'reject' }]);
    const { last_decision: now } = await get<ReviewDetail>(`/api/review/row?id=${id}`);
    expect((await post('/api/review/row', { id, seen: now, verdict: 'withdraw' })).status).toBe(200);
  });

  it('a decision shows up in the next overview and the next metrics', async () => {
    const shown = async () => {
      const { needs } = await get<Overview>('/api/overview');
      const text = (await call(opened.server.url, { path: '/metrics' })).body;
      const of = (kind: string) => needs.find((need) => need.kind === kind)?.count;
      const metric = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
      expect(metric('salvor_drift_open')).toBe(of('drift'));
      expect(metric('salvor_review_waiting')).toBe(of('review'));
      return { drift: of('drift') ?? 0, review: of('review') ?? 0 };
    };
    const before = await shown();
    const [drift] = (await get<Page<DriftRow>>('/api/drift?state=open')).rows;
    await post(`/api/drift/${drift?.id}`, { verdict: 'reject' });
    expect(await shown()).toEqual({ drift: before.drift - 1, review: before.review });
    const [row] = (await get<Page<ReviewRow>>('/api/review')).rows;
    await post('/api/review/row', { id: row?.artifact_id, verdict: 'reject' });
    expect(await shown()).toEqual({ drift: before.drift - 1, review: before.review - 1 });
  });

  it('a candidate that is in no plan cannot be accepted', async () => {
    const unknown = await post('/api/review/row', { id: 'm-0009', verdict: 'accept', cid: '000000000000' });
    expect(unknown.status).toBe(409);
    const nobody = await post('/api/review/row', { id: 'nobody', verdict: 'accept', cid: '000000000000' });
    expect(nobody.status).toBe(409);
  });

  it('an artifact is declared unrecoverable with a reason, and that can be undone', async () => {
    expect((await post('/api/review/row', { id: 'm-0011', verdict: 'unrecoverable' })).status).toBe(400);
    const declared = await post('/api/review/row', {
      id: 'm-0011',
      verdict: 'unrecoverable',
      reason: 'only in memory',
    });
    expect(declared.status).toBe(200);
    const artifact = await get<ArtifactDetail>('/api/artifact?id=m-0011');
    expect(JSON.parse(artifact.metadata ?? '')).toMatchObject({
      file_unrecoverable: true,
      file_unrecoverable_reason: 'only in memory',
    });
    expect((await post('/api/journal/undo', { entry: artifact.journal[0]?.id })).status).toBe(200);
    expect(JSON.parse((await get<ArtifactDetail>('/api/artifact?id=m-0011')).metadata ?? '')).toEqual({});
  });
});

describe('other kinds of registries', () => {
  it('without artifacts it shows the backups and says that there is nothing to count', async () => {
    await withFresh({ registry: { table: 'nowhere' } }, async () => {
      const overview = await get<Overview>('/api/overview');
      expect(overview.census).toMatchObject({ state: 'none' });
      expect((await get<ListingScope[]>('/api/listings/scopes')).length).toBe(1);
      expect((await get<Page<DriftRow>>('/api/drift')).rows[0]?.title).toBeNull();
    });
  });

  it.each(['integer', 'uuid'])(
    'ids of type %s: a value of another form is a 404, not a server error',
    async (type) => {
      await world.client.query(
        `create table other (id ${type} primary key, artifact_type text, file_path text, metadata json)`,
      );
      const other = await serve(world, { config: { registry: { table: 'other' } } });
      try {
        for (const id of ['abc', '1 or 1=1', '99999999999999999999', "'"]) {
          const answer = await call(other.server.url, { path: `/api/artifact?id=${encodeURIComponent(id)}` });
          expect(answer.status).toBe(404);
        }
        expect((await call(other.server.url, { path: '/api/drift' })).status).toBe(200);
        expect(other.logged).toEqual([]);
      } finally {
        await other.close();
        await world.client.query('drop table other');
      }
    },
  );
});

it('no server error was logged', () => {
  expect(opened.logged).toEqual([]);
});
