import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { systemClock } from '../../src/core/clock.js';
import type { Finding } from '../../src/core/finding.js';
import { listOf } from '../../src/core/groups.js';
import type { Event, Progress } from '../../src/events/event.js';
import { openFiles } from '../../src/files/thread-pool.js';
import { type Applied, applyPlan } from '../../src/jobs/recovery/apply/apply.js';
import type { AccessRules } from '../../src/jobs/recovery/apply/place/access.js';
import { ContentCache } from '../../src/jobs/recovery/plan/content-cache.js';
import { type Planned, planRecovery } from '../../src/jobs/recovery/plan/plan.js';
import type { PlanDocument, PlanRow } from '../../src/jobs/recovery/plan/plan-document.js';
import { PlanMemory } from '../../src/jobs/recovery/plan/plan-memory.js';
import type { TypeRule } from '../../src/jobs/recovery/plan/row.js';
import type { Source } from '../../src/jobs/recovery/source-port.js';
import { settleLeftovers } from '../../src/jobs/recovery/undo/settle-leftovers.js';
import { openReader } from '../../src/objectstore/open.js';
import { type Artifacts, openArtifacts } from '../../src/registry/artifacts/artifacts.js';
import type { ArtifactWriter } from '../../src/registry/artifacts/artifacts-port.js';
import type { ArtifactTable } from '../../src/registry/artifacts/table-schema.js';
import { connect, type Database } from '../../src/registry/database.js';
import { PostgresFileTodos } from '../../src/registry/recovery/file-todos.js';
import type { FileTodos } from '../../src/registry/recovery/file-todos-port.js';
import { PostgresRecoveryLedger } from '../../src/registry/recovery/recovery-ledger.js';
import { openRecovery } from '../../src/registry/recovery/recovery-reader.js';
import { ArchivesSource } from '../../src/sources/archives/source.js';
import { DirectorySource } from '../../src/sources/directory/source.js';
import { GitSource } from '../../src/sources/git/source.js';
import { workerScript } from '../files/support.js';
import { salvor } from './cli.js';
import { decode } from './decoders.js';
import { storedPlan } from './plan-text.js';
import { type FreshDatabase, freshDatabase } from './postgres.js';
import { MemoryCatalog, startTestS3, type TestS3Server } from './s3.js';

export interface RowSpec {
  id: string;
  type?: string;
  path?: string | null;
  metadata?: Record<string, unknown>;
}

const TYPES: Record<string, TypeRule> = {
  dataset: {
    directories: ['datasets'],
    extensions: ['.csv', '.parquet'],
    nameKeys: ['filename', 'path'],
    unrecoverable: [],
  },
  model: {
    directories: ['models'],
    extensions: ['.joblib', '.pkl', '.safetensors'],
    nameKeys: ['filename'],
    unrecoverable: [{ when: { ram_only: true }, reason: 'weights were only ever in memory' }],
  },
  tabular_dataset: {
    directories: ['datasets/tabular'],
    extensions: ['.csv'],
    nameKeys: ['filename'],
    unrecoverable: [],
  },
};

type DigestSource = NonNullable<ArtifactTable['digests']>[number];

const TABLE = {
  table: 'artifacts',
  columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
};

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A CSV that nobody else has. */
export function csv(seed: string): string {
  return `gene,value\n${seed},1\n`;
}

type OpenedFiles = Awaited<ReturnType<typeof openFiles>>;

export interface PlanTweaks {
  archives?: number | 'all';
  types?: Record<string, TypeRule>;
  sources?: readonly Source[];
  review?: readonly ('worktrees' | 'git' | 'archives')[];
  scanUnlisted?: boolean;
  allowUnverified?: boolean;
  cacheBytes?: number;
  access?: AccessRules;
  /** What the root strips from the paths of rows. */
  strip?: string;
  /** How far the clock of the plan is ahead of the file system's. */
  aheadMs?: number;
}

/**
 * A registry whose files are gone, and places that hold some of them: a checkout with a history, worktrees, and
 * archives made by GNU tar on an S3 server. Real parts throughout.
 */
export class RecoveryWorld {
  readonly findings: Finding[] = [];
  readonly progress: Progress[] = [];
  private readonly archives: string[] = [];
  private readonly opened = new Map<string, OpenedFiles>();

  private constructor(
    readonly base: string,
    readonly fresh: FreshDatabase,
    readonly database: Database,
    readonly artifacts: Artifacts,
    readonly s3: TestS3Server,
    readonly bucket: MemoryCatalog,
  ) {}

  /** @param digests where other programs recorded digests; columns are made */
  static async create(digests: readonly DigestSource[] = []): Promise<RecoveryWorld> {
    const base = mkdtempSync(join(tmpdir(), 'salvor-recovery-'));
    const fresh = await freshDatabase();
    const database = await connect(fresh.url);
    await database.query(
      'create table artifacts (id text primary key, artifact_type text, file_path text, metadata jsonb, title text)',
    );
    for (const { column } of digests)
      if (column !== undefined) await database.query(`alter table artifacts add column ${column} text`);
    const bucket = new MemoryCatalog();
    const s3 = await startTestS3({ buckets: { scidex: bucket } });
    process.env.AWS_ACCESS_KEY_ID = s3.credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = s3.credentials.secretAccessKey;
    mkdirSync(join(base, 'root'));
    writeFileSync(join(base, 'root', 'README'), 'artifacts');
    return new RecoveryWorld(
      base,
      fresh,
      database,
      await openArtifacts(database, { ...TABLE, digests }),
      s3,
      bucket,
    );
  }

  get root(): string {
    return join(this.base, 'root');
  }

  get store(): string {
    return 's3://scidex/backups/';
  }

  async close(): Promise<void> {
    for (const files of this.opened.values()) await files.close();
    await this.database.close();
    await this.fresh.drop();
    await this.s3.close();
    rmSync(this.base, { recursive: true, force: true });
  }

  async row({ id, type = 'dataset', path = null, metadata }: RowSpec): Promise<void> {
    await this.database.query(
      'insert into artifacts (id, artifact_type, file_path, metadata) values ($1, $2, $3, $4::jsonb)',
      [id, type, path, metadata === undefined ? null : JSON.stringify(metadata)],
    );
  }

  file(path: string, content: string | Buffer): string {
    const whole = join(this.base, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
    return whole;
  }

  /** A file in a worktree's checkout of the artifacts. */
  worktree(name: string, path: string, content: string | Buffer): string {
    return this.file(`worktrees/${name}/data/scidex-artifacts/${path}`, content);
  }

  /** Runs git on the repository of artifacts, which is made when it is not there. */
  git(...args: string[]): string {
    const directory = join(this.base, 'repo');
    if (!existsSync(directory)) {
      mkdirSync(directory);
      execFileSync('git', ['init', '-q', '-b', 'main', directory]);
    }
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', ['-C', directory, ...identity, ...args], { encoding: 'utf8' });
  }

  commit(files: Record<string, string | Buffer | null>, message = 'c'): void {
    this.git('status');
    for (const [path, content] of Object.entries(files)) {
      if (content === null) this.git('rm', '-q', path);
      else {
        this.file(`repo/${path}`, content);
        this.git('add', '-f', path);
      }
    }
    this.git('commit', '-q', '-m', message);
  }

  /** An archive made by tar, with its listing as tar prints it; the key is below the store's prefix. */
  archive(
    key: string,
    files: Record<string, string | Buffer>,
    more: {
      listing?: string[] | null;
      flags?: string[];
      prepare?: (directory: string) => void;
      mtime?: string;
    } = {},
  ): void {
    const directory = mkdtempSync(join(this.base, 'tar-'));
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    more.prepare?.(directory);
    const whole = join(this.base, `archive-${this.archives.length}`);
    const flags = more.flags ?? ['-z'];
    execFileSync(
      'tar',
      [
        ...flags,
        '--sort=name',
        `--mtime=${more.mtime ?? '2026-04-20 03:00:00'}`,
        '-cf',
        whole,
        '-C',
        directory,
        '.',
      ],
      { env: { ...process.env, TZ: 'UTC' } },
    );
    const full = `backups/${key}`;
    this.bucket.add(full, { content: readFileSync(whole) });
    this.archives.push(full);
    if (more.listing !== null) this.list(key, more.listing);
  }

  /** Gives an archive a listing, as tar prints it. */
  list(key: string, flags: readonly string[] = ['-tvf']): void {
    const full = `backups/${key}`;
    const whole = join(this.base, `archive-${this.archives.lastIndexOf(full)}`);
    const listing = execFileSync('tar', [...flags, whole], {
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
    });
    this.bucket.add(`${full}.list.txt`, { content: listing });
  }

  /** Gives an archive an index, as `salvor listings build` makes it. */
  async index(key: string): Promise<void> {
    const full = `backups/${key}`;
    const directory = mkdtempSync(join(this.base, 'index-'));
    const file = join(directory, basename(key));
    copyFileSync(join(this.base, `archive-${this.archives.lastIndexOf(full)}`), file);
    const built = await salvor(['listings', 'build', file, '--out', directory]);
    if (built.code !== 0) throw new Error(built.stderr);
    this.bucket.add(`${full}.salvor-index`, { content: readFileSync(`${file}.salvor-index`) });
  }

  sources(tweaks: PlanTweaks = {}): Source[] {
    const trust = (name: 'worktrees' | 'git' | 'archives'): 'review' | 'bind' =>
      tweaks.review?.includes(name) ? 'review' : 'bind';
    return [
      new DirectorySource(join(this.base, 'worktrees/*/data/scidex-artifacts'), trust('worktrees')),
      new GitSource(join(this.base, 'repo'), trust('git')),
      new ArchivesSource({
        store: openReader(this.store, {
          endpointUrl: this.s3.endpoint,
          region: this.s3.region,
          retry: { attempts: 3, baseDelayMs: 1, maxDelayMs: 2 },
        }),
        identity: this.s3.endpoint,
        trust: trust('archives'),
        newest: tweaks.archives ?? 2,
        scanUnlisted: tweaks.scanUnlisted ?? false,
        rootPrefixes: ['data/scidex-artifacts/', 'scidex-artifacts/'],
        decode,
      }),
    ];
  }

  async plan(tweaks: PlanTweaks = {}): Promise<Planned & { plan: PlanDocument }> {
    const files = await this.files(tweaks);
    const written: PlanDocument[] = [];
    const cache = this.cache(tweaks.cacheBytes);
    await cache.inherit();
    const memory = await PlanMemory.open(cache.directory);
    const planned = await planRecovery(
      {
        planId: crypto.randomUUID(),
        types: tweaks.types ?? TYPES,
        archives: tweaks.archives ?? 2,
        destination: this.root,
        genericNames: new Set(),
        allowUnverified: tweaks.allowUnverified ?? false,
        retryUnrecoverable: false,
      },
      {
        reader: await openRecovery(this.database, TABLE),
        artifacts: this.artifacts.reader,
        files,
        sources: tweaks.sources ?? this.sources(tweaks),
        cache,
        memory,
        clock: { ...systemClock, now: () => new Date(Date.now() + (tweaks.aheadMs ?? 0)) },
        emit: (event) => this.take(event),
        signal: new AbortController().signal,
      },
      async (head, rows) => {
        written.push({ ...head, rows: await listOf(rows) });
      },
    );
    await memory.save();
    return { ...planned, plan: written[0] as PlanDocument };
  }

  async apply(
    plan: PlanDocument,
    tweaks: PlanTweaks & { signal?: AbortSignal; writer?: ArtifactWriter; todos?: FileTodos } = {},
  ): Promise<Applied> {
    const files = await this.files(tweaks);
    return await applyPlan(
      storedPlan(plan),
      {
        runId: crypto.randomUUID(),
        actor: 'test',
        allowUnverified: tweaks.allowUnverified ?? false,
        destination: this.root,
        access: tweaks.access ?? {},
        byScript: false,
      },
      {
        artifacts: this.artifacts.reader,
        writer: tweaks.writer ?? this.artifacts.writer(),
        recovery: await openRecovery(this.database, TABLE),
        ledger: new PostgresRecoveryLedger(this.database, 'salvor.artifacts'),
        todos: tweaks.todos ?? this.todos(),
        files,
        sources: tweaks.sources ?? this.sources(tweaks),
        cache: this.cache(tweaks.cacheBytes),
        memory: await PlanMemory.open(join(this.base, 'cache')),
        clock: systemClock,
        emit: (event) => this.take(event),
        signal: tweaks.signal ?? new AbortController().signal,
      },
    );
  }

  /** A thread that reads files: the same one for all plans of this world, until its root is another. */
  async files({ strip }: Pick<PlanTweaks, 'strip'> = {}): Promise<OpenedFiles> {
    const root = statSync(this.root, { throwIfNoEntry: false, bigint: true });
    const key = JSON.stringify([strip, String(root?.dev), String(root?.ino)]);
    const opened =
      this.opened.get(key) ??
      (await openFiles({ roots: [{ path: this.root, strip }], threads: 1, workerScript }));
    this.opened.set(key, opened);
    return opened;
  }

  /** Completes or reverts what a killed run left, as `recovery run` does before it plans. */
  async settle(): Promise<void> {
    const files = await this.files();
    await settleLeftovers(
      {
        artifacts: this.artifacts.reader,
        writer: this.artifacts.writer(),
        recovery: await openRecovery(this.database, TABLE),
        todos: this.todos(),
        files,
        emit: (event) => this.take(event),
      },
      this.root,
    );
  }

  todos(): PostgresFileTodos {
    return new PostgresFileTodos(this.database, this.artifacts.shape.table, true);
  }

  cache(maxBytes = 1e9): ContentCache {
    return new ContentCache(join(this.base, 'cache'), maxBytes);
  }

  async stored(id: string): Promise<{ file_path: string | null; metadata: Record<string, unknown> }> {
    const { rows } = await this.database.query<{
      file_path: string | null;
      metadata: Record<string, unknown> | null;
    }>('select file_path, metadata from artifacts where id = $1', [id]);
    const found = rows[0];
    if (found === undefined) throw new Error(`no row ${id}`);
    return { file_path: found.file_path, metadata: found.metadata ?? {} };
  }

  /** The current content at the path of a row's file. */
  async content(id: string): Promise<string | undefined> {
    const { file_path: path } = await this.stored(id);
    const whole = join(this.root, path ?? '');
    return path !== null && existsSync(whole) ? readFileSync(whole, 'latin1') : undefined;
  }

  /** GETs of archives (not of listings), by key below the prefix. */
  archiveReads(): string[] {
    const reads = this.s3.calls.filter(
      (call) => call.operation === 'GetObject' && /\.(?:tar|tgz|tzst|gz|zst|xz|bz2)$/.test(call.key ?? ''),
    );
    return reads.map((call) => (call.key ?? '').replace(/^backups\//, ''));
  }

  private take(event: Event): void {
    if (event.type === 'finding') this.findings.push(event.finding);
    if (event.type === 'progress') this.progress.push(event);
  }
}

/** The row of a plan. */
export function planRow(plan: PlanDocument, id: string): PlanRow {
  const row = plan.rows.find((one) => one.id === id);
  if (row === undefined) throw new Error(`the plan has no row ${id}`);
  return row;
}
