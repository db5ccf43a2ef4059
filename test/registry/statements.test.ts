import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import pg from 'pg';
import { globSync } from 'tinyglobby';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DashboardSource } from '../../src/dashboard/port.js';
import { openReads, type Reads } from '../../src/dashboard/reads/all.js';
import { openArtifacts } from '../../src/registry/artifacts/artifacts.js';
import { connect, type Database } from '../../src/registry/database.js';
import { PostgresJournal } from '../../src/registry/journal/journal.js';
import { PendingChanges } from '../../src/registry/journal/pending.js';
import { PostgresPartialReads } from '../../src/registry/partial-reads.js';
import { coverage } from '../../src/registry/queries/coverage.js';
import { lastPlanRow } from '../../src/registry/queries/last-plan-row.js';
import { pendingTodos } from '../../src/registry/queries/pending-todos.js';
import { contradictedArtifacts, openGroups } from '../../src/registry/queries/red.js';
import { runFindings } from '../../src/registry/queries/run-findings.js';
import { undoneOf } from '../../src/registry/queries/undone.js';
import { artifactHistory } from '../../src/registry/recovery/artifact-history.js';
import { PostgresFileTodos } from '../../src/registry/recovery/file-todos.js';
import { PostgresProofLedger } from '../../src/registry/recovery/proofs.js';
import { PostgresRecoveryLedger } from '../../src/registry/recovery/recovery-ledger.js';
import { openRecovery } from '../../src/registry/recovery/recovery-reader.js';
import { PostgresBaselines } from '../../src/registry/runs/baselines.js';
import { openFindings } from '../../src/registry/runs/findings-ledger.js';
import { pruneFindings, pruneRuns, pruneSummaries } from '../../src/registry/runs/prune.js';
import { noteRejectedContent } from '../../src/registry/runs/rejected-content.js';
import { PostgresRuns } from '../../src/registry/runs/runs.js';
import { PostgresScopes } from '../../src/registry/runs/scopes.js';
import { settleSinks } from '../../src/registry/runs/sink-findings.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { changeOf, PLAIN } from './artifacts-support.js';
import { runEnd, runStart } from './runs/support.js';
import { HOST, JOB, ROWS, RUN_EVERY_MS, runId, SCOPE, seedYears } from './statements-world.js';

const root = join(import.meta.dirname, '../..');

/**
 * Statements that look at every row of a large table, each with the reason. Part of the statement's text, after blanks
 * are made one.
 */
const WHOLE_TABLE: readonly { sql: string; why: string }[] = [
  { sql: 'count(*) filter (where coalesce(', why: 'coverage: looks at every artifact once, for one answer' },
  {
    sql: 'as "verifiedAt" from salvor.artifacts',
    why: 'the order of a scrub: no index of ours on a table of the user',
  },
  { sql: '"file_sha256"[[:space:]]*:', why: 'owners: recorded digests are in metadata, which has no index' },
  { sql: 'where a."file_path"::text = any', why: 'owners: no index of ours on a table of the user' },
  {
    sql: '::text = any($1::text[]) group by 1',
    why: 'occurrences: compared as text, for ids that no read returned',
  },
  {
    sql: 'left join (select distinct on (artifact_id)',
    why: 'a drill chooses among all artifacts, once per batch',
  },
  {
    sql: "select coalesce(type, '(none)') as type",
    why: 'the census: looks at every artifact once, in the background, and again when that took little of the time since',
  },
  {
    sql: 'with recursive series as (',
    why: 'metrics: counters of all runs that ever ended, for a scrape, kept for a while',
  },
  {
    sql: 'ledger_key, finished_at from salvor.runs where id = $1) select',
    why: 'what a run saw is looked for in all findings of its scope: a twentieth of this table, on every page of it',
  },
  {
    sql: 'select max(id)::text as id from salvor.findings',
    why: 'prune: the newest of every scope and code, once',
  },
];

const LARGE = [
  'artifacts',
  'runs',
  'findings',
  'journal',
  'digests',
  'drift',
  'decisions',
  'recovery_rows',
  'proofs',
];

interface Sent {
  sql: string;
  from: string;
  scans: string[];
}

const sent: Sent[] = [];
let fresh: FreshDatabase;
let db: Database;
const realQuery = pg.Client.prototype.query;

/** Explains each statement that the adapters send, with its values, on the same connection, before it is sent. */
function explainEverything(): void {
  const explained = async function (this: pg.Client, text: unknown, values?: unknown[]): Promise<unknown> {
    const from = placeOf(new Error().stack ?? '');
    if (typeof text === 'string' && /^\s*(with|select|insert|update|delete)\b/i.test(text)) {
      const { rows } = await (realQuery as (...args: unknown[]) => Promise<{ rows: unknown[] }>).call(
        this,
        `explain (format json) ${text}`,
        values,
      );
      const given =
        values === undefined || values.length === 0 ? '' : ` -- with ${JSON.stringify(values).slice(0, 200)}`;
      sent.push({ sql: text.replace(/\s+/g, ' ') + given, from, scans: scansOf(rows) });
    }
    return (realQuery as (...args: unknown[]) => Promise<unknown>).call(this, text, values);
  };
  pg.Client.prototype.query = explained as typeof pg.Client.prototype.query;
}

/** The file of the registry that sent it; the innermost that is no plumbing. */
function placeOf(stack: string): string {
  const files = [...stack.matchAll(/\/(src\/registry\/[\w./-]+\.ts)/g)].map((match) => match[1] ?? '');
  return files.find((file) => !PLUMBING.has(file)) ?? files[0] ?? '';
}

const PLUMBING = new Set(
  ['database', 'queries', 'session', 'transaction', 'pooler'].map((name) => `src/registry/${name}.ts`),
);

function scansOf(rows: unknown[]): string[] {
  const found = JSON.stringify(rows).matchAll(/"Node Type":"Seq Scan".*?"Relation Name":"(\w+)"/g);
  return [...found].map((match) => match[1] ?? '').filter((table) => LARGE.includes(table));
}

beforeAll(
  async () => {
    fresh = await freshDatabase();
    db = await connect(fresh.url);
    await seedYears(db);
    explainEverything();
    await everyStatement(db);
  },
  Math.max(600_000, ROWS * 6),
);
afterAll(async () => {
  pg.Client.prototype.query = realQuery;
  await db.close();
  await fresh.drop();
});

async function everyStatement(db: Database): Promise<void> {
  await runsAndFindings(db);
  await artifactsAndDrift(db);
  await recovery(db);
  await answers(db);
  await dashboard(db);
}

async function runsAndFindings(db: Database): Promise<void> {
  const runs = new PostgresRuns(db);
  const page = await runs.list({});
  const after = page.at(-1)?.id;
  await runs.list({ ...(after && { after }) });
  for (const filter of [
    { job: JOB },
    { job: 'none' },
    { host: HOST },
    { host: 'none' },
    { scope: SCOPE },
    { scope: 'none' },
    { status: 'partial' as const },
  ]) {
    await runs.list(filter);
  }
  await runs.get(runId(5));
  await runs.isRunning(runId(5));
  await runs.lastComplete(JOB, SCOPE);
  await runs.newestPerScope();
  await runs.closeDead();
  const scopes = new PostgresScopes(db);
  await scopes.endpointOf({ job: JOB, scope: SCOPE }, 'https://s3', true);
  await scopes.proven(JOB, [SCOPE]);
  await scopes.jobsOn('none');
  await scopes.forgotten();
  await new PostgresBaselines(db).accept(runId(1));
  await new PostgresBaselines(db).show();
  const run = await runs.begin(runStart({ job: JOB, scope: SCOPE, host: HOST }));
  await run.findings.openCount();
  await run.findings.open(['s1', 's2']);
  for await (const _ of run.findings.openSubjects());
  await run.findings.stage([{ code: 'listing.missing', subject: 's1', severity: 'error', violation: true }]);
  await run.findings.stageResolution(['s2'], 'gone');
  await run.findings.stageCovered(['s3']);
  await run.findings.resolved(['s', 't'], ['s']);
  await run.finish(runEnd({ settle: { completePrefixes: ['s1'] } }));
  await openFindings(db, { job: JOB, scope: SCOPE }, ['s1']);
  await settleSinks(db, { host: HOST, runId: randomUUID(), at: new Date() }, []);
  await scopes.forget(JOB, 's3://bucket/scope-2/', { actor: 'a', reason: null });
}

async function artifactsAndDrift(db: Database): Promise<void> {
  const artifacts = await openArtifacts(db, PLAIN);
  const { reader, drift } = artifacts;
  const filter = { types: ['type-1'] };
  await reader.counts(filter);
  const first = await reader.openKeys(undefined, 1000, filter);
  await reader.openKeys(first.next ?? 'a5', 1000, filter);
  await reader.allKeys('a5', 1000, {});
  await reader.oldestDone(undefined, 10, { before: new Date() });
  const rows = await reader.read(['a1', 'a2', 'a3']);
  await reader.occurrences(['a1']);
  for await (const page of reader.paths()) if (page.length > 0) break;
  const writer = artifacts.writer();
  await writer.commit({ changes: [changeOf(rows[0], { keys: { file_size_bytes: '7' } })], held: [] });
  await writer.noteVerified({ runId: randomUUID(), actor: 'a', files: 1 });
  for (const one of [
    {},
    { state: 'open' as const },
    { artifactId: 'a1' },
    { runId: runId(3) },
    { before: '500' },
    { under: '/none', state: 'open' as const },
  ]) {
    await drift.list(one);
  }
  await drift.get('5');
  await drift.openCount(['type-1']);
  await drift.rejected([{ artifactId: 'a1', old: 'a', newSha256: 'b' }]);
  await drift.openOf('a1');
  await drift.settledDigests('a1');
  const journal = new PostgresJournal(db);
  for (const one of [
    {},
    { runId: runId(1) },
    { runId: randomUUID() },
    { artifactId: 'a1' },
    { action: 'bind' },
    { action: 'none' },
    { before: '500' },
  ]) {
    await journal.log(one);
  }
  await journal.get('5');
  await journal.ofRun(runId(1), '500', 10);
  const pending = new PendingChanges(db, reader);
  await pending.list();
  await pending.settle();
  const partial = new PostgresPartialReads(db, reader.table);
  await partial.save({
    ...{ path: '/data/x', artifactId: 'a1', artifactType: 'type-1', dev: '1', ino: '1', sizeBytes: 2 },
    ...{
      mtimeNs: '1',
      ctimeNs: '1',
      offsetBytes: 1,
      states: '{}',
      runId: runId(1),
      host: HOST,
      advancedBytes: 1,
    },
  });
  await partial.get('/data/x');
  await drift.list({ class: 'corrupt' });
  const [entry] = await drift.list({ limit: 1 });
  if (entry === undefined) throw new Error('the seeded database has no drift');
  await noteRejectedContent(db, 'scope', { entry, decisionId: runId(1) });
}

async function recovery(db: Database): Promise<void> {
  const reader = await openRecovery(db, PLAIN);
  for await (const _ of reader.rows(['type-1'])) break;
  await reader.driftedFrom(['a1']);
  await reader.owners(['/data/x'], []);
  await reader.owners(['/data/x'], ['0'.repeat(64)]);
  await reader.decisions(['a1', 'a2']);
  await reader.undoneBinds(['a1000', 'a2']);
  const references = "select id, created_at as at from artifacts where id = 'a1'";
  await reader.references(references, { timeoutMs: 60_000, maxRows: 10 });
  await reader.tryReferences(references, 60_000);
  const ledger = new PostgresRecoveryLedger(db, 'salvor.artifacts');
  const groupId = randomUUID();
  await ledger.decide({
    artifactId: 'a1',
    decision: 'reject',
    cid: null,
    detail: {},
    note: null,
    actor: 'b',
    groupId,
  });
  await ledger.withdraw({ artifactId: 'a1', note: null, actor: 'b' });
  await ledger.ofGroup(groupId);
  await ledger.remember(null, randomUUID(), ['type-9'], []);
  await artifactHistory({ id: 'a1', table: 'salvor.artifacts' }, { ledger: db, state: db });
  await lastPlanRow(db, 'a1', 'salvor.artifacts');
  await pendingTodos(db);
  const todos = new PostgresFileTodos(db, 'salvor.artifacts', true);
  await todos.pending();
  await todos.closed(['a1']);
  const { shape } = await openArtifacts(db, PLAIN);
  const proofs = new PostgresProofLedger(db, shape);
  await proofs.next(randomUUID(), [], 10);
  await proofs.counts();
}

async function answers(db: Database): Promise<void> {
  await openGroups(db);
  const contradicted = await contradictedArtifacts(db);
  const { shape } = await openArtifacts(db, PLAIN);
  await coverage(db, shape, db, contradicted);
  await runFindings(db, db, { id: runId(3), finishedAt: new Date() }, { limit: 10 });
  await undoneOf(db, [runId(1), runId(2)]);
  // All but the oldest fiftieth of what was seeded is younger.
  const before = new Date(Date.now() - ROWS * RUN_EVERY_MS * 0.98);
  for (const dryRun of [true, false]) {
    const options = { before, dryRun, signal: new AbortController().signal };
    await pruneFindings(db, options);
    await pruneSummaries(db, options);
    await pruneRuns(db, db, options);
  }
}

/** Everything that a page of the dashboard can ask for, with and without filters, and each page after the first. */
async function dashboard(db: Database): Promise<void> {
  const { shape } = await openArtifacts(db, PLAIN);
  const source: DashboardSource = {
    ...{ sql: db, ledgerSql: db, stateSql: db, censusSql: db },
    artifacts: { shape, titleColumn: 'title' },
    watch: async () => null,
    location: '',
  };
  const reads = openReads(source, () => performance.now());
  await reads.overview.get();
  await reads.checksums.view();
  await reads.causes();
  await reads.metrics();
  await reads.artifact('a1');
  await artifactsOfDashboard(reads);
  await runsOfDashboard(reads);
  await vi.waitUntil(() => reads.census.current().state === 'ready', { timeout: 60_000 });
}

async function artifactsOfDashboard(reads: Reads): Promise<void> {
  for (const query of [{}, { state: 'open' }, { type: 'type-1' }, { class: 'corrupt' }]) {
    const page = await reads.drift.page(query);
    await reads.drift.page({ ...query, ...(page.next !== null && { after: page.next }) });
  }
  await reads.drift.detail('1000');
  for (const query of [{}, { type: 'type-1' }, { status: 'needs_review' }]) {
    for (const read of [reads.review.page(query), reads.review.residual(query)]) await read;
  }
  await reads.review.detail('a1000');
  for (const query of [{}, { artifact: 'a1' }, { run: runId(3) }, { action: 'bind' }, { action: 'none' }]) {
    const page = await reads.journal.page(query);
    await reads.journal.page({ ...query, ...(page.next !== null && { after: page.next }) });
  }
  await reads.journal.get('5');
  await reads.journal.undoneBind('a1', new Date(0));
}

async function runsOfDashboard(reads: Reads): Promise<void> {
  for (const query of [{}, { job: JOB }, { job: 'none' }, { status: 'partial' }]) {
    const page = await reads.runs.page(query);
    await reads.runs.page({ ...query, ...(page.next !== null && { after: page.next }) });
  }
  await reads.runs.detail(runId(3));
  await reads.runs.live();
  await reads.runs.lastVerified();
  const [scope] = await reads.listings.scopes();
  await reads.listings.partitions({ scope: SCOPE });
  await reads.listings.history({ scope: scope?.scope ?? SCOPE });
  await reads.findings.page({ scope: SCOPE });
  await reads.findings.page({ scope: SCOPE, job: JOB, prefix: 's1', code: 'listing.missing' });
}

const declared = (sql: string): boolean => WHOLE_TABLE.some((one) => sql.includes(one.sql));

describe(`every statement of the registry, on tables of ${ROWS.toLocaleString('en')} rows`, () => {
  it('finds its rows in an index, or is declared as one that looks at all of them', () => {
    const scans = sent.filter(({ scans, sql }) => scans.length > 0 && !declared(sql));
    expect([
      ...new Set(scans.map(({ from, sql, scans }) => `${from} scans ${scans.join(', ')}: ${sql}`)),
    ]).toEqual([]);
  });

  it('has no outdated declaration', () => {
    // For a few of them the planner takes an index where tables are larger.
    const mayTakeIndex = ROWS > 100_000;
    const idle = WHOLE_TABLE.filter(
      (one) => !sent.some(({ sql, scans }) => sql.includes(one.sql) && (mayTakeIndex || scans.length > 0)),
    );
    expect(idle).toEqual([]);
  });

  it('is covered: every file of the registry that sends SQL on large tables sent a statement here', () => {
    const senders = globSync('src/registry/**/*.ts', { cwd: root })
      // The dashboard's are measured page by page, on a million rows: bench/dashboard.mjs.
      .filter((file) => !/\/(migrations|embedded|sql-script|dashboard)\//.test(file))
      .filter((file) => /\.query(<|\()/.test(readFileSync(join(root, file), 'utf8')))
      .map((file) => relative(root, join(root, file)));
    const seen = new Set(sent.map(({ from }) => from));
    expect(senders.filter((file) => !seen.has(file) && !SMALL.has(file))).toEqual([]);
  });
});

/** What they ask is of the server or of the catalog, or is a statement of the session. */
const SMALL = new Set(
  [
    'artifacts/guard', // rows by their ids, within the writer's transaction; the whole table only where a trigger wrote more rows
    'artifacts/side-effect', // asks the catalog for triggers
    'artifacts/separate-digests', // another database: test/cli/readonly.test.ts
    'drift/decide-in-transaction', // one entry by its id
    'artifacts/digest-lookalikes', // the first rows of the table, for the doctor
    'archive-parts', // archives that are read in parts: a few at a time
    'queries/partial-progress', // files that are read in parts: a few at a time
    'rolled-back', // statements of the doctor's trial
    'artifacts/scan-batches', // cursors over what others give it
    'recovery/separate-proofs', // another database: test/cli/readonly.test.ts
    'units/schedule-starts', // kept for 90 days
    'runs/run-lock', // advisory locks
    'probe',
    'pooler',
    'database',
    'session',
    'transaction',
  ].map((name) => `src/registry/${name}.ts`),
);
