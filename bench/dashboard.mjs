// The dashboard on a registry of 1,000,000 artifacts with full queues: every page as a browser requests it, the overview
// right after a decision, and requests during a census; compared with plain SQL that uses count(*) and OFFSET. Prints
// median and worst. SALVOR_BENCH_SCALE=0.1 makes it smaller.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openDashboard } from '../dist/cli/dashboard/dashboard.js';
import { openRegistry } from '../dist/registry/registry.js';
import { Client, questions, row, TOKEN, timed } from './support/dashboard-client.mjs';
import { seed } from './support/dashboard-seed.mjs';

const scale = Number(process.env.SALVOR_BENCH_SCALE ?? 1);
const SIZES = { artifacts: 1_000_000 * scale, queue: 100_000 * scale, runs: 20_000 * scale };
const DECISIONS = 8;
/** Longer than the dashboard returns a cached response. */
const NEVER_KEPT_MS = 60_000;

export async function run() {
  const base = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  const url = `embedded:${join(base, 'pg')}`;
  const registry = await openRegistry(url);
  try {
    await seed(registry.database, SIZES);
    await measure(url, registry.database, SIZES, join(base, 'root'));
  } finally {
    await registry.close();
    rmSync(base, { recursive: true, force: true });
  }
}

/** Runs all measurements on a seeded registry. */
async function measure(url, database, sizes, root) {
  let ahead = 0;
  mkdirSync(root);
  const opened = await openDashboard({
    config: {
      roots: [{ path: root }],
      watchdog: { expect: [{ job: 'listings verify', within: 26 * 3_600_000 }] },
    },
    flags: { registry: url, listen: '127.0.0.1:0' },
    own: { actor: 'bench', secret: TOKEN },
    pages: new URL('../dist/dashboard/pages', import.meta.url).pathname,
    log: (line) => console.error(line),
    now: () => Date.now() + ahead,
  });
  const client = new Client(opened.server.url);
  const later = (path) => {
    ahead += NEVER_KEPT_MS;
    return client.get(path);
  };
  try {
    const { rows } = await database.query('select pg_catalog.version() as version');
    console.log(
      `  ${sizes.artifacts.toLocaleString('en')} artifacts, each queue ${sizes.queue.toLocaleString('en')}; ${rows[0].version.split(' on ')[0]}\n`,
    );
    const census = await client.settled();
    row('census, in the background', [census.took_ms]);
    await measurePages(client, database, sizes);
    row('/metrics', await timed(() => later('/metrics'), { first: () => client.settled() }));
    row(
      'overview, empty caches',
      await timed(() => later('/api/overview'), { first: () => client.settled() }),
    );
    await client.settled();
    row('overview, cached', await timed(() => client.get('/api/overview'), { rounds: 50 }));
    await measureDecisions(client, root);
    await measureDuringCensus(client, root);
    await measurePeers(database, sizes);
  } finally {
    await opened.close();
  }
}

async function measurePages(client, database, sizes) {
  const one = async (sql) => (await database.query(sql)).rows[0].one;
  const artifact = await one("select artifact_id as one from salvor.drift where state = 'open' limit 1");
  const newest = await one('select id::text as one from salvor.runs order by started_at desc limit 1');
  const scope = await one('select scope as one from salvor.findings where resolved_at is null limit 1');
  for (const [name, path] of questions({ sizes, artifact, run: newest, scope }))
    row(name, await timed(() => client.get(path)));
}

/** Each kind of decision and the next overview, which must already reflect the decision. */
async function measureDecisions(client, root) {
  const open = (await client.get('/api/drift?state=open')).rows;
  for (const entry of open.slice(0, DECISIONS)) writeContent(root, entry);
  const waiting = (await client.get('/api/review')).rows;
  const kinds = [
    ['drift', 'drift', (i) => client.post(`/api/drift/${open[i].id}`, { verdict: 'reject' })],
    [
      'review',
      'review',
      (i) => client.post('/api/review/row', { id: waiting[i].artifact_id, verdict: 'reject' }),
    ],
    ['undo', null, (i) => client.post('/api/journal/undo', { entry: undoable[i].id })],
  ];
  let undoable = [];
  for (const [name, need, decide] of kinds) {
    const times = { decision: [], overview: [] };
    if (name === 'undo') undoable = (await client.get('/api/journal?action=drift.reject')).rows;
    for (let i = 0; i <= DECISIONS - 1; i += 1) {
      await client.settled();
      const before = countOf(await client.get('/api/overview'), need);
      times.decision.push(...(await timedOnce(() => decide(i))));
      let after;
      times.overview.push(
        ...(await timedOnce(async () => {
          after = countOf(await client.get('/api/overview'), need);
        })),
      );
      if (need !== null && after !== before - 1) throw new Error(`${name}: ${before}, then ${after}`);
    }
    row(`decision: ${name}`, times.decision);
    row(`overview right after it`, times.overview);
  }
}

/** The file of a drift entry as the seed has recorded it: a decision reads it once more. */
function writeContent(root, { path }) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `content ${/item-(\d+)/.exec(path)[1]}`);
}

async function timedOnce(work) {
  const began = performance.now();
  await work();
  return [performance.now() - began];
}

const countOf = ({ needs }, kind) => needs.find((need) => need.kind === kind)?.count;

/** A decision starts a census; measures requests while it runs. */
async function measureDuringCensus(client, root) {
  const [entry] = (await client.get('/api/drift?state=open')).rows;
  writeContent(root, entry);
  await client.settled();
  await client.post(`/api/drift/${entry.id}`, { verdict: 'accept' });
  const times = { overview: [], drift: [], review: [] };
  for (let running = true; running; ) {
    times.overview.push(
      ...(await timedOnce(async () => {
        const { census } = await client.get('/api/overview');
        running = census.recounting;
      })),
    );
    times.drift.push(...(await timedOnce(() => client.get('/api/drift?state=open'))));
    times.review.push(...(await timedOnce(() => client.get('/api/review'))));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const [name, some] of Object.entries(times)) row(`${name}, while the census runs`, some);
}

/** The cost of pages that count all rows and skip with OFFSET. */
async function measurePeers(database, sizes) {
  const skipped = Math.floor(sizes.queue * 0.95);
  const peers = [
    ['drift counted', "select count(*), min(first_seen_at) from salvor.drift where state = 'open'"],
    [
      'drift, deep page',
      `select * from salvor.drift where state = 'open' order by id desc limit 50 offset ${skipped}`,
    ],
    [
      'review counted',
      `select count(*) from salvor.recovery_rows r where status = 'needs_review' and not exists (
         select from salvor.decisions d where d.artifact_id = r.artifact_id and d.decided_at > r.updated_at)`,
    ],
    [
      'review, deep page',
      `select * from salvor.recovery_rows r where status = 'needs_review' and not exists (
         select from salvor.decisions d where d.artifact_id = r.artifact_id and d.decided_at > r.updated_at)
       order by artifact_id limit 50 offset ${Math.floor(skipped * 0.95)}`,
    ],
    [
      'journal, deep page',
      `select * from salvor.journal order by id desc limit 50 offset ${Math.floor(sizes.artifacts * 0.8)}`,
    ],
    [
      'artifacts counted, with a checksum',
      "select artifact_type, count(*), count(*) filter (where metadata ? 'file_sha256') from artifacts group by 1",
    ],
  ];
  for (const [name, sql] of peers) row(`plain SQL: ${name}`, await timed(() => database.query(sql)));
}
