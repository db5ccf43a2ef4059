import { createHash } from 'node:crypto';
import type { PartsJob } from '../core/parts-jobs.js';
import {
  type ArchivePart,
  type ArchiveParts,
  type BegunPart,
  piecesDigest,
  type WaitingPart,
} from './archive-parts-port.js';
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
         offset_bytes::float8 as "offsetBytes", state, advanced_bytes::float8 as "advancedBytes", pieces,
         pieces_sha256 as "piecesSha256", state_sha256 as seal
       from salvor.archive_parts where job = $1 and table_name = $2 and subject = $3`,
      [this.#job, this.#table, subject],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const { seal, ...part } = row;
    return seal === this.#sealOf(part) && (await this.#hasPieces(part)) ? part : undefined;
  }

  async save(part: ArchivePart, piece?: Uint8Array): Promise<void> {
    await this.#db.query(
      `with saved as (insert into salvor.archive_parts as p (job, table_name, subject, archive_url, identity, size_bytes,
         offset_bytes, state, state_sha256, run_id, advanced_bytes, pieces, pieces_sha256)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::uuid, $11, $12, $13)
       on conflict (job, table_name, subject) do update set archive_url = excluded.archive_url,
         identity = excluded.identity, size_bytes = excluded.size_bytes, offset_bytes = excluded.offset_bytes,
         state = excluded.state, state_sha256 = excluded.state_sha256, run_id = excluded.run_id,
         advanced_bytes = excluded.advanced_bytes, pieces = excluded.pieces, pieces_sha256 = excluded.pieces_sha256,
         updated_at = pg_catalog.now(),
         started_at = case when p.identity = excluded.identity then p.started_at else pg_catalog.now() end),
       dropped as (delete from salvor.archive_part_pieces
         where job = $1 and table_name = $2 and subject = $3 and piece_number > $12)
       insert into salvor.archive_part_pieces (job, table_name, subject, piece_number, content)
       select $1, $2, $3, $12, $14::bytea where $14::bytea is not null`,
      [
        ...[this.#job, this.#table, part.subject, part.archiveUrl, part.identity, part.sizeBytes],
        ...[part.offsetBytes, part.state, this.#sealOf(part), this.#runId, part.advancedBytes],
        ...[part.pieces, part.piecesSha256, piece ?? null],
      ],
    );
  }

  async *pieces(subject: string): AsyncGenerator<Uint8Array> {
    for (let number = 1; ; number += 1) {
      const { rows } = await this.#db.query<{ content: Uint8Array }>(
        `select content from salvor.archive_part_pieces
         where job = $1 and table_name = $2 and subject = $3 and piece_number = $4`,
        [this.#job, this.#table, subject, number],
      );
      const [row] = rows;
      if (row === undefined) return;
      yield row.content;
    }
  }

  async #hasPieces({ subject, pieces, piecesSha256 }: ArchivePart): Promise<boolean> {
    if (pieces === 0) return true;
    const { rows } = await this.#db.query<{ digest: string }>(
      `select pg_catalog.encode(pg_catalog.sha256(content), 'hex') as digest from salvor.archive_part_pieces
       where job = $1 and table_name = $2 and subject = $3 order by piece_number`,
      [this.#job, this.#table, subject],
    );
    if (rows.length !== pieces) return false;
    return rows.reduce((before, { digest }) => piecesDigest(before, digest), '') === piecesSha256;
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
  #sealOf(part: ArchivePart): string {
    const { subject, archiveUrl, identity, sizeBytes, offsetBytes, state, pieces, piecesSha256 } = part;
    const sealed = [this.#job, this.#table, subject, archiveUrl, identity, sizeBytes, offsetBytes, state];
    // Without pieces as before there were any: what an older Salvor has saved stays usable.
    if (pieces > 0) sealed.push(pieces, piecesSha256);
    return createHash('sha256').update(JSON.stringify(sealed)).digest('hex');
  }
}
