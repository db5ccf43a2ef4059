import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../../src/core/clock.js';
import { StopRequest } from '../../../src/core/stop.js';
import type { Event } from '../../../src/events/event.js';
import type { Drilled } from '../../../src/jobs/drill/outcome.js';
import { drill } from '../../../src/jobs/drill/run.js';
import { openReader } from '../../../src/objectstore/open.js';
import { PostgresArchiveParts } from '../../../src/registry/archive-parts.js';
import { openArtifacts } from '../../../src/registry/artifacts/artifacts.js';
import { migrate } from '../../../src/registry/migrations/migrate.js';
import { PostgresProofLedger } from '../../../src/registry/recovery/proofs.js';
import type { ProofLedger } from '../../../src/registry/recovery/proofs-port.js';
import { salvor } from '../../support/cli.js';
import { decodeFrames } from '../../support/decoders.js';
import { csv, RecoveryWorld, sha256 } from '../../support/recovery-world.js';
import { s3Environment } from '../../support/s3.js';

const TABLE = {
  table: 'artifacts',
  columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
};

export interface Proof {
  artifact_id: string;
  ok: boolean;
  reason: string | null;
  sha256: string;
  archive_url: string | null;
  archive_etag: string | null;
  member: string | null;
}

/** A registry with recorded digests, and archives on an S3 server with indexes that the built program wrote. */
export class DrillWorld {
  readonly findings: { code: string; subject: string }[] = [];
  /** How many artifacts each query of the last drill asked for. */
  readonly asked: number[] = [];

  private constructor(readonly world: RecoveryWorld) {}

  static async create(): Promise<DrillWorld> {
    const world = await RecoveryWorld.create();
    await migrate(world.database);
    mkdirSync(join(world.base, 'scratch'));
    return new DrillWorld(world);
  }

  /** Artifacts whose recorded content is the CSV of their id. */
  async artifacts(...ids: string[]): Promise<void> {
    for (const id of ids) await this.world.row({ id, metadata: { file_sha256: sha256(csv(id)) } });
  }

  archive(name: string, ids: readonly string[], flags?: string[]): void {
    const files = Object.fromEntries(ids.map((id) => [`datasets/${id}.csv`, csv(id)]));
    this.world.archive(`h/${name}`, files, flags === undefined ? {} : { flags });
  }

  async index(): Promise<void> {
    const { base, s3, store } = this.world;
    const flags = ['--no-registry', '--endpoint-url', s3.endpoint, '--region', s3.region];
    const built = await salvor(['listings', 'build', '--missing', store, ...flags], {
      cwd: base,
      env: { ...s3Environment(s3), HOME: base },
    });
    if (built.code !== 0) throw new Error(`${built.stdout}${built.stderr}`);
  }

  /** Changes one bit, at a text or in the middle, as a bad disk does: the ETag stays. The archive is the newest then. */
  async flip(name: string, text?: string): Promise<void> {
    const { bucket } = this.world;
    const object = this.object(name);
    const { key } = object;
    const parts: Uint8Array[] = [];
    for await (const part of bucket.read(object, 0, object.sizeBytes)) parts.push(part);
    const content = Buffer.concat(parts);
    const at = text === undefined ? content.length >> 1 : content.indexOf(text);
    content[at] = (content[at] ?? 0) ^ 1;
    bucket.add(key, { content, etag: object.etag, lastModifiedMs: object.lastModifiedMs + 60_000 });
  }

  sizeOf(name: string): number {
    return this.object(name).sizeBytes;
  }

  async drill(
    tweaks: { maxBytes?: number; maxDurationMs?: number; clock?: Clock; stop?: boolean } = {},
  ): Promise<Drilled> {
    this.findings.length = 0;
    this.asked.length = 0;
    const { database, store, s3, base } = this.world;
    const { shape } = await openArtifacts(database, TABLE);
    const controller = new AbortController();
    if (tweaks.stop) controller.abort(new StopRequest('SIGTERM'));
    const runId = crypto.randomUUID();
    return drill(
      {
        runId,
        maxBytes: tweaks.maxBytes ?? 1e9,
        maxDurationMs: tweaks.maxDurationMs ?? 600_000,
      },
      {
        ledger: this.counting(new PostgresProofLedger(database, shape)),
        parts: new PostgresArchiveParts(database, { job: 'recovery drill', table: shape.table, runId }),
        backups: [{ store: openReader(store, { endpointUrl: s3.endpoint, region: s3.region }) }],
        temporary: join(base, 'scratch'),
        decodeFrames,
        clock: tweaks.clock ?? systemClock,
        emit: (event) => this.take(event),
        signal: controller.signal,
      },
    );
  }

  /** The rows of `salvor.proofs`, as they were written. */
  async proofs(): Promise<Proof[]> {
    return (await this.world.database.query<Proof>('select * from salvor.proofs order by id')).rows;
  }

  /** The progress of contents that take more than one drill. */
  async parts(): Promise<{ subject: string; offset: number; archive_url: string }[]> {
    const { rows } = await this.world.database.query<{
      subject: string;
      offset: number;
      archive_url: string;
    }>(
      'select subject, offset_bytes::float8 as "offset", archive_url from salvor.archive_parts order by subject',
    );
    return rows;
  }

  scratch(): string[] {
    return readdirSync(join(this.world.base, 'scratch'));
  }

  private object(name: string) {
    const { bucket } = this.world;
    const key = `backups/h/${name}`;
    const all = Array.from({ length: bucket.length }, (_, i) => bucket.at(i));
    const object = all.find((one) => one.key === key);
    if (object === undefined) throw new Error(`no ${key}`);
    return object;
  }

  private counting(ledger: ProofLedger): ProofLedger {
    return {
      next: (runId, leftOut, limit) => {
        this.asked.push(limit);
        return ledger.next(runId, leftOut, limit);
      },
      current: (ids) => ledger.current(ids),
      counts: () => ledger.counts(),
      record: (entry) => ledger.record(entry),
    };
  }

  private take(event: Event): void {
    if (event.type !== 'finding') return;
    this.findings.push({ code: event.finding.code, subject: event.finding.subject });
  }
}
