import { createHash } from 'node:crypto';
import type { Database } from './database.js';
import type { PartialRead, PartialReads } from './partial-reads-port.js';
import type { Statement } from './sql-script/statement.js';

const SELECT = `select path, artifact_id as "artifactId", artifact_type as "artifactType", dev, ino,
  size_bytes as "sizeBytes", mtime_ns as "mtimeNs", ctime_ns as "ctimeNs", offset_bytes as "offsetBytes", states,
  run_id::text as "runId", host, advanced_bytes as "advancedBytes", states_sha256 as "seal" from salvor.partial_reads`;

/** `salvor.partial_reads` of one table. */
export class PostgresPartialReads implements PartialReads {
  readonly #db: Database;
  readonly #table: string;

  constructor(db: Database, table: string) {
    this.#db = db;
    this.#table = table;
  }

  async get(path: string): Promise<PartialRead | undefined> {
    const { rows } = await this.#db.query<PartialRead & { seal: string }>(
      `${SELECT} where path = $1 and table_name = $2`,
      [path, this.#table],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const { seal, ...read } = row;
    return seal === sealOf(read) ? read : undefined;
  }

  async save(read: PartialRead): Promise<void> {
    await this.#db.query(
      `insert into salvor.partial_reads as p (path, table_name, artifact_id, artifact_type, dev, ino, size_bytes, mtime_ns,
         ctime_ns, offset_bytes, states, states_sha256, run_id, host, advanced_bytes)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::uuid, $14, $15)
       on conflict (path, table_name) do update set artifact_id = excluded.artifact_id,
         artifact_type = excluded.artifact_type, dev = excluded.dev, ino = excluded.ino,
         size_bytes = excluded.size_bytes, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
         offset_bytes = excluded.offset_bytes, states = excluded.states, states_sha256 = excluded.states_sha256,
         run_id = excluded.run_id, host = excluded.host, advanced_bytes = excluded.advanced_bytes, updated_at = now(),
         started_at = case when (p.ino, p.size_bytes, p.mtime_ns, p.ctime_ns)
           = (excluded.ino, excluded.size_bytes, excluded.mtime_ns, excluded.ctime_ns) then p.started_at else now() end`,
      [
        ...[read.path, this.#table, read.artifactId, read.artifactType, read.dev, read.ino, read.sizeBytes],
        ...[read.mtimeNs, read.ctimeNs, read.offsetBytes, read.states, sealOf(read), read.runId, read.host],
        read.advancedBytes,
      ],
    );
  }

  async begun(): Promise<ReadonlyMap<string, Date>> {
    const { rows } = await this.#db.query<{ id: string; since: Date }>(
      `select artifact_id as id, min(started_at) as since from salvor.partial_reads where table_name = $1
       group by artifact_id`,
      [this.#table],
    );
    return new Map(rows.map(({ id, since }) => [id, since]));
  }

  async ofRun(runId: string): Promise<{ type: string | null; bytes: number }[]> {
    const { rows } = await this.#db.query<{ type: string | null; bytes: number }>(
      `select artifact_type as type, sum(advanced_bytes)::float8 as bytes from salvor.partial_reads
       where run_id = $1::uuid and table_name = $2 group by artifact_id, artifact_type`,
      [runId, this.#table],
    );
    return rows;
  }
}

/** Deletes the entries of files whose rows have their result. */
export function forgetStatement(table: string, paths: readonly string[]): Statement {
  return {
    text: 'delete from salvor.partial_reads where path = any($1::text[]) and table_name = $2',
    values: [[...paths], table],
  };
}

/** Over all that a resumed read rests on: an entry that was changed by anything else is not used. */
function sealOf({ path, dev, ino, sizeBytes, mtimeNs, ctimeNs, offsetBytes, states }: PartialRead): string {
  return createHash('sha256')
    .update(JSON.stringify([path, dev, ino, sizeBytes, mtimeNs, ctimeNs, offsetBytes, states]))
    .digest('hex');
}
