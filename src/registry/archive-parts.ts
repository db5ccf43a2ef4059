import { createHash } from 'node:crypto';
import type { ArchivePart, ArchiveParts, BegunPart, PartsJob, WaitingPart } from './archive-parts-port.js';
import type { Queries } from './queries.js';

interface PartsOf {
  job: PartsJob;
  /** The artifacts' quoted name with its schema; absent if the subjects are archives. */
  table?: string;
  /** The run that reads. */
  runId: string;
}

/** `salvor.archive_parts` of one job and, for artifacts, of one table. */
export class PostgresArchiveParts implements ArchiveParts {
  readonly #db: Queries;
  readonly #job: PartsJob;
  readonly #table: string;
  readonly #runId: string;

  constructor(db: Queries, { job, table = '', runId }: PartsOf) {
    this.#db = db;
    this.#job = job;
    this.#table = table;
    this.#runId = runId;
  }

  async get(subject: string): Promise<ArchivePart | undefined> {
    const { rows } = await this.#db.query<ArchivePart & { seal: string }>(
      `select subject, archive_url as "archiveUrl", identity, size_bytes::float8 as "sizeBytes",
         offset_bytes::float8 as "offsetBytes", state, advanced_bytes::float8 as "advancedBytes", state_sha256 as seal
       from salvor.archive_parts where job = $1 and table_name = $2 and subject = $3`,
      [this.#job, this.#table, subject],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const { seal, ...part } = row;
    return seal === this.#sealOf(part) ? part : undefined;
  }

  async save(part: ArchivePart): Promise<void> {
    await this.#db.query(
      `insert into salvor.archive_parts as p (job, table_name, subject, archive_url, identity, size_bytes, offset_bytes,
         state, state_sha256, run_id, advanced_bytes)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::uuid, $11)
       on conflict (job, table_name, subject) do update set archive_url = excluded.archive_url,
         identity = excluded.identity, size_bytes = excluded.size_bytes, offset_bytes = excluded.offset_bytes,
         state = excluded.state, state_sha256 = excluded.state_sha256, run_id = excluded.run_id,
         advanced_bytes = excluded.advanced_bytes, updated_at = pg_catalog.now(),
         started_at = case when p.identity = excluded.identity then p.started_at else pg_catalog.now() end`,
      [
        ...[this.#job, this.#table, part.subject, part.archiveUrl, part.identity, part.sizeBytes],
        ...[part.offsetBytes, part.state, this.#sealOf(part), this.#runId, part.advancedBytes],
      ],
    );
  }

  async begun(): Promise<BegunPart[]> {
    const { rows } = await this.#db.query<BegunPart>(
      `select subject, archive_url as "archiveUrl", size_bytes::float8 as "sizeBytes", advanced_bytes::float8 as "advancedBytes"
       from salvor.archive_parts where job = $1 and table_name = $2 order by started_at, subject`,
      [this.#job, this.#table],
    );
    return rows;
  }

  async wait({ subject, sizeBytes }: WaitingPart): Promise<void> {
    await this.#db.query(
      `insert into salvor.archive_parts (job, table_name, subject, archive_url, identity, size_bytes, offset_bytes,
         state, state_sha256, run_id, advanced_bytes)
       values ($1, $2, $3, '', '', $4, 0, '', '', $5::uuid, 0)
       on conflict (job, table_name, subject) do update set run_id = excluded.run_id, advanced_bytes = 0,
         updated_at = pg_catalog.now()`,
      [this.#job, this.#table, subject, sizeBytes, this.#runId],
    );
  }

  async forget(subjects: readonly string[]): Promise<void> {
    if (subjects.length === 0) return;
    await this.#db.query(
      'delete from salvor.archive_parts where job = $1 and table_name = $2 and subject = any($3::text[])',
      [this.#job, this.#table, subjects],
    );
  }

  async forgetFinished(): Promise<void> {
    await this.#db.query(
      `delete from salvor.archive_parts p using salvor.runs r
       where p.job = $1 and p.table_name = $2 and p.offset_bytes = p.size_bytes and r.id = p.run_id
         and r.status in ('ok', 'partial', 'findings')`,
      [this.#job, this.#table],
    );
  }

  /** Covers everything that resuming depends on. */
  #sealOf({ subject, archiveUrl, identity, sizeBytes, offsetBytes, state }: ArchivePart): string {
    const sealed = [this.#job, this.#table, subject, archiveUrl, identity, sizeBytes, offsetBytes, state];
    return createHash('sha256').update(JSON.stringify(sealed)).digest('hex');
  }
}
