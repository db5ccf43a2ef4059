import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { type Config, configSchema } from '../../src/cli/config/schema.js';
import { type OpenedDashboard, openDashboard } from '../../src/cli/dashboard/dashboard.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { seedRuns } from './seed-runs.js';

export const OWN_TOKEN = 'own-token-own-token-own-token-own-token';
export const ALICE_TOKEN = 'alice-token-alice-token';
const TYPES = ['dataset', 'figure', 'model', 'tabular_dataset'] as const;
const DAY_MS = 86_400_000;

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Texts that an attacker would choose. Each must be shown as plain text everywhere. */
export const HOSTILE = [
  '<script>window.hacked=1</script>',
  '"><img src=x onerror="window.hacked=1">',
  "javascript:window.hacked=1//'",
  '\u202egpj.exe\u0007 \u200b',
  '../../etc/passwd',
  `${'long '.repeat(400)}end`,
  '{{constructor.constructor("window.hacked=1")()}}',
  'data/\u0001\u001b[31mred',
] as const;

export interface World {
  database: FreshDatabase;
  /** For direct access to the database. */
  client: pg.Client;
  /** The root with the drifted files and their current content. */
  root: string;
  drop(): Promise<void>;
}

export interface WorldOptions {
  artifacts?: number;
  drift?: number;
  review?: number;
  /** Text that goes into names, titles, paths, scopes and notes. */
  hostile?: boolean;
}

/** A registry whose artifacts are mostly verified, with entries in every queue. */
export async function buildWorld(options: WorldOptions = {}): Promise<World> {
  const database = await freshDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  const { artifacts = 400, drift = 12, review = 6, hostile = false } = options;
  await seedArtifacts(client, artifacts);
  const root = mkdtempSync(join(tmpdir(), 'salvor-dashboard-'));
  await seedDrift(client, drift, root);
  await seedReview(client, review);
  await seedRuns(client, hostile ? HOSTILE : []);
  if (hostile) await seedHostile(client);
  await client.query('analyze');
  return {
    database,
    client,
    root,
    drop: async () => {
      rmSync(root, { recursive: true, force: true });
      await client.end();
      await database.drop();
    },
  };
}

/** Starts a dashboard for the world on a free port. */
export function serve(
  world: World,
  options: { config?: Record<string, unknown>; listen?: string; readOnly?: true; now?: () => number } = {},
): Promise<OpenedDashboard & { logged: string[] }> {
  const logged: string[] = [];
  const config: Config = configSchema.parse({
    roots: [{ path: world.root }],
    dashboard: { tokens: { alice: ALICE_TOKEN } },
    watchdog: { expect: [{ job: 'listings verify', within: '26h' }] },
    ...options.config,
  });
  return openDashboard({
    config,
    flags: {
      registry: world.database.url,
      listen: options.listen ?? '127.0.0.1:0',
      ...(options.readOnly && { readOnly: options.readOnly }),
    },
    own: { actor: 'operator@test', secret: OWN_TOKEN },
    pages: join(import.meta.dirname, '../../dist/dashboard/pages'),
    log: (line) => logged.push(line),
    ...(options.now && { now: options.now }),
  }).then((opened) => ({ ...opened, logged }));
}

async function seedArtifacts(client: pg.Client, artifacts: number): Promise<void> {
  await client.query(
    'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb, title text, content_hash text)',
  );
  await client.query(
    `insert into artifacts (id, artifact_type, file_path, metadata, title)
     select 'a-' || lpad(n::text, 7, '0'), ($2::text[])[1 + n % 4],
       case when n % 40 = 0 then null else 'data/' || ($2::text[])[1 + n % 4] || '/item-' || n || '.csv' end,
       case when n % 10 = 3 or n % 40 = 0 then '{"origin": "lab"}'::jsonb else
         jsonb_build_object('origin', 'lab', 'file_sha256', encode(sha256(('content ' || n)::bytea), 'hex'),
           'file_size_bytes', 1000 + n * 37, 'file_sha256_computed_at', '2026-11-10T03:00:00.000Z') end,
       'Expression matrix of cohort ' || n
     from generate_series(1, $1::int) as n`,
    [artifacts, TYPES],
  );
  await client.query(
    `insert into salvor.digests (artifact_id, table_name, path, root, size_bytes, mtime, sha256, computed_at)
     select id, 'salvor.artifacts', file_path, '/data/artifacts', (metadata ->> 'file_size_bytes')::bigint, '2026-10-01T08:00:00Z',
       metadata ->> 'file_sha256', '2026-11-10T03:00:00Z'
     from artifacts where metadata ? 'file_sha256'`,
  );
}

/** Records drift like a backfill does: consistently in registry, journal and drift entry. */
async function seedDrift(client: pg.Client, entries: number, root: string): Promise<void> {
  // An empty root counts as not mounted.
  writeFileSync(join(root, 'mounted'), '');
  if (entries === 0) return;
  const run = randomUUID();
  const chosen = `select id, artifact_type, file_path, metadata, row_number() over (order by id) as n
    from artifacts where metadata ? 'file_sha256' order by id limit ${entries}`;
  const fresh = "encode(sha256(('changed ' || c.id)::bytea), 'hex')";
  await client.query(
    `insert into salvor.drift (run_id, artifact_id, table_name, artifact_type, old_sha256, new_sha256, size_bytes, mtime, path, root,
       class, first_seen_at, last_seen_at)
     select $1, c.id, 'salvor.artifacts', c.artifact_type, c.metadata ->> 'file_sha256', ${fresh}, 2048 + c.n, '2026-11-18T10:00:00Z', c.file_path,
       '/data/artifacts', (array['rewritten', 'corrupt', 'unknown'])[1 + (c.n % 3)::int],
       now() - interval '1 day' - c.n * interval '1 minute', now() - interval '1 hour'
     from (${chosen}) as c`,
    [run],
  );
  await client.query(
    `insert into salvor.journal (run_id, artifact_id, table_name, action, before, after, reason, actor)
     select $1, c.id, 'salvor.artifacts', 'drift', json_build_object('metadata', json_build_object('file_sha256', c.metadata ->> 'file_sha256')),
       json_build_object('metadata', json_build_object('file_sha256', ${fresh})),
       'the file differs from what is on record', 'salvor@atlas' from (${chosen}) as c`,
    [run],
  );
  await client.query(
    `update artifacts a set metadata = jsonb_set(a.metadata, '{file_sha256}', to_jsonb(${fresh})) from (${chosen}) as c where a.id = c.id`,
  );
  const { rows } = await client.query<{ id: string; path: string }>(
    'select artifact_id as id, path from salvor.drift order by id',
  );
  for (const { id, path } of rows) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `changed ${id}`);
  }
}

async function seedReview(client: pg.Client, rows: number): Promise<void> {
  const plan = randomUUID();
  for (let n = 1; n <= rows; n += 1) {
    const id = `m-${String(n).padStart(4, '0')}`;
    await client.query(
      `insert into artifacts (id, artifact_type, file_path, metadata, title) values ($1, 'model', $2, '{}', $3)`,
      [id, `models/run-${n}/weights.joblib`, `Classifier of run ${n}`],
    );
    await client.query(
      `insert into salvor.recovery_rows (artifact_id, artifact_type, status, plan_id, plan_row, updated_at, table_name)
       values ($1, 'model', 'needs_review', $2, $3, $4, 'salvor.artifacts')`,
      [id, plan, reviewRow(id, n), new Date(Date.now() - n * DAY_MS)],
    );
  }
}

function reviewRow(id: string, n: number): Record<string, unknown> {
  const candidate = (index: number): Record<string, unknown> => ({
    cid: sha(`${id} ${index}`).slice(0, 12),
    source: index === 0 ? 'archives s3://demo/backups/atlas/' : 'directory /data/worktrees/*/models',
    kind: index === 0 ? 'archives' : 'directory',
    object: index === 0 ? 's3://demo/backups/atlas/models-2026-11-17.tar.gz' : '/data/worktrees/w3/models',
    version: null,
    member: `models/run-${n}/weights.joblib`,
    path:
      index === 0
        ? `s3://demo/backups/atlas/models-2026-11-17.tar.gz : models/run-${n}/weights.joblib`
        : `/data/worktrees/w${index}/models/weights.joblib`,
    size_bytes: 48_000_000 + index * 1234,
    mtime: '2026-11-02T09:14:00Z',
    sha256: index === 0 ? null : sha(`weights ${n} ${index}`),
    content: `content ${index}`,
    tier: index === 0 ? 'tail' : 'basename',
    evidence:
      index === 0
        ? ['the last three segments of the path are equal', 'member of the newest archive of its series']
        : ['the basename is equal', 'weights.joblib is a generic name: 14 artifacts expect it'],
    rejected: null,
    locator: {},
    paths: [],
    series: null,
  });
  return {
    id,
    artifact_type: 'model',
    file_path: `models/run-${n}/weights.joblib`,
    title: `Classifier of run ${n}`,
    expected: ['weights.joblib', `run-${n}.joblib`],
    status: 'needs_review',
    rule: '6',
    confidence: 'weak',
    explanation: 'Two distinct contents match equally well; nothing on record tells which one it was.',
    destination: null,
    destination_path: null,
    chosen: null,
    trusted_sha256: [],
    expected_size_bytes: n % 2 === 0 ? 48_001_234 : null,
    failure_mode: null,
    reason: null,
    candidates: [candidate(0), candidate(1)],
  };
}

/** The same kinds of rows with hostile names. */
async function seedHostile(client: pg.Client): Promise<void> {
  for (const [index, text] of HOSTILE.entries()) {
    await client.query(
      'insert into artifacts (id, artifact_type, file_path, metadata, title) values ($1, $2, $3, $4, $5)',
      [text, text, text, { file_sha256: text, note: text }, text],
    );
    await client.query(
      `insert into salvor.drift (artifact_id, table_name, artifact_type, old_sha256, new_sha256, size_bytes, mtime, path,
         root, class, first_seen_at, last_seen_at, note) values ($1, 'salvor.artifacts', $1, $2, $3, 1, now(), $1, $1, 'unknown', now(), now(), $1)`,
      [text, sha(`old ${index}`), sha(`new ${index}`)],
    );
    await client.query(
      `insert into salvor.journal (artifact_id, table_name, action, before, after, reason, actor) values ($1, 'salvor.artifacts', $1, $2, $2, $1, $1)`,
      [text, JSON.stringify({ file_path: text, metadata: { [text]: text } })],
    );
    const row = reviewRow(text, 900 + index);
    await client.query(
      `insert into salvor.recovery_rows (artifact_id, artifact_type, status, plan_id, plan_row, table_name)
       values ($1, $1, 'needs_review', $2, $3, 'salvor.artifacts')`,
      [
        text,
        randomUUID(),
        {
          ...row,
          title: text,
          file_path: text,
          expected: [text],
          explanation: text,
          candidates: [
            {
              ...(row.candidates as object[])[0],
              path: text,
              source: text,
              evidence: [text],
              rejected: text,
            },
          ],
        },
      ],
    );
  }
}
