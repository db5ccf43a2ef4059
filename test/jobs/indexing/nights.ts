import { tmpdir } from 'node:os';
import { Failure } from '../../../src/core/failure.js';
import { checkListings } from '../../../src/jobs/indexing/check/check.js';
import type { CheckSummary } from '../../../src/jobs/indexing/check/check-tally.js';
import { PostgresArchiveParts } from '../../../src/registry/archive-parts.js';
import { connect, type Database } from '../../../src/registry/database.js';
import { migrate } from '../../../src/registry/migrations/migrate.js';
import { decode } from '../../support/decoders.js';
import { type FreshDatabase, freshDatabase } from '../../support/postgres.js';
import { recorder, TestStore } from './support.js';

interface Night {
  maxBytes?: number;
  maxDurationMs?: number;
  /** The clock advances only while bytes are read. */
  bytesPerMs?: number;
  /** How the run ends on record: one that died has no end. */
  ends?: 'ok' | 'died';
  /** The run dies at this save, before it, and so does every later one: to be used with `ends: 'died'`. */
  diesAtSave?: number;
}

class DyingParts extends PostgresArchiveParts {
  #saves = 0;
  diesAtSave = Number.POSITIVE_INFINITY;

  override async save(...of: Parameters<PostgresArchiveParts['save']>): Promise<void> {
    this.#saves += 1;
    if (this.#saves >= this.diesAtSave) throw new Failure('registry.unreachable', 'the process is gone');
    await super.save(...of);
  }
}

/** A store whose archives `listings check` reads over several runs, and the registry with its progress. */
export class Nights {
  readonly place = new TestStore();
  /** Code and message of every finding of every run. */
  readonly said: string[] = [];
  readonly #fresh: FreshDatabase;
  readonly db: Database;

  private constructor(fresh: FreshDatabase, db: Database) {
    this.#fresh = fresh;
    this.db = db;
  }

  static async create(): Promise<Nights> {
    const fresh = await freshDatabase();
    const db = await connect(fresh.url);
    await migrate(db);
    return new Nights(fresh, db);
  }

  async remove(): Promise<void> {
    await this.db.close();
    await this.#fresh.drop();
    this.place.remove();
  }

  /** One run over the whole store. */
  async night({ maxBytes, maxDurationMs, bytesPerMs = Infinity, ends = 'ok', diesAtSave }: Night) {
    let bytesRead = 0;
    const { emit, codes, messages } = recorder();
    const runId = crypto.randomUUID();
    const parts = new DyingParts(this.db, { job: 'listings check', runId });
    if (diesAtSave !== undefined) parts.diesAtSave = diesAtSave;
    const { exitCode, status, summary } = await checkListings(
      {
        kind: 'prefixes',
        stores: [this.place.store],
        rotation: undefined,
        budget: { maxBytes, maxDurationMs },
      },
      {
        decode,
        directory: tmpdir(),
        isCanary: () => false,
        parts,
        nowMs: 0,
        monotonicMs: () => bytesRead / bytesPerMs,
        emit: (event) => {
          if (event.type === 'progress') bytesRead = event.done;
          if (event.type === 'finding') this.said.push(`${event.finding.code}: ${event.finding.message}`);
          emit(event);
        },
        signal: new AbortController().signal,
      },
    );
    const end =
      ends === 'died'
        ? { status: 'running', code: null, at: null }
        : { status, code: exitCode, at: new Date() };
    await this.db.query(
      `insert into salvor.runs (id, job, scope, host, pid, scope_key, options, status, exit_code, qualifying, version, started_at, heartbeat_at, finished_at)
       values ($1, 'listings check', 's', 'h', 1, 1, '{}', $2, $3, true, '1', now(), now(), $4)`,
      [runId, end.status, end.code, end.at],
    );
    return { exitCode, status, summary: summary as CheckSummary, codes, messages };
  }

  async offsets(): Promise<number[]> {
    const { rows } = await this.db.query<{ at: number }>(
      'select offset_bytes::float8 as at from salvor.archive_parts order by subject',
    );
    return rows.map(({ at }) => at);
  }

  /** How many pieces of listings are kept. */
  async pieces(): Promise<number> {
    const { rows } = await this.db.query<{ n: number }>(
      'select count(*)::integer as n from salvor.archive_part_pieces',
    );
    return rows[0]?.n ?? 0;
  }
}
