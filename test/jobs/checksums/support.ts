import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../src/core/clock.js';
import type { Finding } from '../../../src/core/finding.js';
import type { Event } from '../../../src/events/event.js';
import { openFiles } from '../../../src/files/thread-pool.js';
import { backfillChecksums } from '../../../src/jobs/checksums/backfill.js';
import type { BackfillOptions, ChecksumPorts, ResidualRow } from '../../../src/jobs/checksums/options.js';
import type { ChecksumOutcome } from '../../../src/jobs/checksums/pipeline/outcome.js';
import type { BackfillSummary } from '../../../src/jobs/checksums/report/summary.js';
import { type Artifacts, openArtifacts } from '../../../src/registry/artifacts/artifacts.js';
import type { ArtifactTable } from '../../../src/registry/artifacts/table-schema.js';
import { connect, type Database } from '../../../src/registry/database.js';
import { PostgresDrift } from '../../../src/registry/drift/drift.js';
import { PostgresJournal } from '../../../src/registry/journal/journal.js';
import type { MirrorConfig } from '../../../src/registry/journal/mirror.js';
import { PostgresPartialReads } from '../../../src/registry/partial-reads.js';
import { workerScript } from '../../files/support.js';
import { freshDatabase } from '../../support/postgres.js';

export interface WorldOptions {
  /** SQL types of the columns; default text, jsonb. */
  idType?: string;
  metadataType?: string;
  /** Replaces the whole table: its DDL and how it is named. */
  ddl?: string;
  table?: Partial<ArtifactTable>;
  mirror?: MirrorConfig;
}

export interface Ran {
  outcome: ChecksumOutcome<BackfillSummary>;
  findings: Finding[];
  events: Event[];
  residual: ResidualRow[];
  runId: string;
}

/** A registry and its files, of one's own. */
export interface World {
  root: string;
  db: Database;
  artifacts: Artifacts;
  journal: PostgresJournal;
  drift: PostgresDrift;
  url: string;
  terminateSessions(): Promise<number>;
  file(path: string, content: string | Uint8Array): Promise<string>;
  /** `metadata` is JSON text, null for SQL NULL. */
  row(id: string, path: string | null, metadata?: string | null, type?: string | null): Promise<void>;
  metadata(id: string): Promise<string | null>;
  backfill(options?: Partial<BackfillOptions>, ports?: Partial<ChecksumPorts>): Promise<Ran>;
  sql<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export const DEFAULTS: Omit<BackfillOptions, 'runId'> = {
  actor: 'test',
  batchRows: 500,
  commitEveryMs: 5000,
  maxDrift: 0,
  maxErrors: 0,
  wait: false,
  onDrift: 'record',
  stat: false,
};

export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'salvor-files-'));
  await writeFile(join(root, '.mounted'), '');
  const fresh = await freshDatabase();
  const db = await connect(fresh.url);
  await db.query(
    options.ddl ??
      `create table artifacts (id ${options.idType ?? 'text'} primary key, artifact_type text,
         file_path text, metadata ${options.metadataType ?? 'jsonb'}, title text, content_hash text)`,
  );
  const table: ArtifactTable = {
    table: 'artifacts',
    columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
    ...options.table,
  };
  const artifacts = await openArtifacts(db, table, { mirror: options.mirror });
  const drift = new PostgresDrift(db, artifacts.shape.table);
  const { shape } = artifacts;
  return {
    root,
    db,
    artifacts,
    drift,
    url: fresh.url,
    terminateSessions: fresh.terminateSessions,
    journal: new PostgresJournal(db),
    file: async (path, content) => {
      const at = join(root, path);
      await mkdir(dirname(at), { recursive: true });
      await writeFile(at, content);
      return at;
    },
    row: async (id, path, metadata = '{}', type = 'dataset') => {
      await db.query(
        `insert into ${shape.table} (${shape.id.name}, ${shape.type.name}, ${shape.path.name}, ${shape.metadata.name})
         values ($1, $2, $3, $4)`,
        [id, type, path, metadata],
      );
    },
    metadata: async (id) => {
      const { rows } = await db.query<{ m: string | null }>(
        `select ${shape.metadata.name}::text as m from ${shape.table} where ${shape.id.name}::text = $1`,
        [id],
      );
      return rows[0]?.m ?? null;
    },
    backfill: (job = {}, ports = {}) =>
      runBackfill(root, artifacts, drift, job, {
        parts: new PostgresPartialReads(db, shape.table),
        ...ports,
      }),
    sql: async <Row>(text: string, values: unknown[] = []) => (await db.query<Row>(text, values)).rows,
    close: async () => {
      await db.close();
      await fresh.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export async function runBackfill(
  root: string,
  artifacts: Artifacts,
  drift: PostgresDrift,
  job: Partial<BackfillOptions>,
  ports: Partial<ChecksumPorts>,
): Promise<Ran> {
  const events: Event[] = [];
  const residual: ResidualRow[] = [];
  const files = ports.files ?? (await openFiles({ roots: [{ path: root }], threads: 2, workerScript }));
  const runId = job.runId ?? randomUUID();
  try {
    const outcome = await backfillChecksums(
      { ...DEFAULTS, runId, ...job },
      {
        artifacts: artifacts.reader,
        writer: artifacts.writer(),
        writes: true,
        drift,
        noteVerified: (run) => artifacts.writer().noteVerified(run),
        clock: systemClock,
        emit: (event) => events.push(event),
        signal: new AbortController().signal,
        residual: (row) => residual.push(row),
        ...ports,
        files,
      },
    );
    const findings = events.flatMap((event) => (event.type === 'finding' ? [event.finding] : []));
    return { outcome, findings, events, residual, runId };
  } finally {
    await files.close();
  }
}
