import type { PartialRead, PartialReads } from '../../../dashboard/api/checksums.js';
import type { Sql } from '../../../dashboard/port.js';
import { cut, time } from './stored.js';
import type { Tables } from './tables.js';

/** Files that a page names; of the others there is the sum. */
const NAMED = 20;
const PATH_CHARS = 1000;

interface Row {
  files: number;
  read: number;
  total: number;
  artifact_id: string;
  path: string;
  host: string;
  bytes_read: number;
  bytes_total: number;
  bytes_last_run: number;
  started_at: Date;
  updated_at: Date;
}

/** `salvor.partial_reads`: files too large for one run, and how far their reading has come. */
export class PartialReadReads {
  readonly #sql: Sql;
  readonly #tables: Tables;

  constructor(sql: Sql, tables: Tables) {
    this.#sql = sql;
    this.#tables = tables;
  }

  async view(): Promise<PartialReads | null> {
    if (!(await this.#tables.has('partial_reads'))) return null;
    const { rows } = await this.#sql.query<Row>(
      `select count(*) over ()::integer as files, (sum(offset_bytes) over ())::float8 as read,
         (sum(size_bytes) over ())::float8 as total, artifact_id, path, host, offset_bytes::float8 as bytes_read,
         size_bytes::float8 as bytes_total, advanced_bytes::float8 as bytes_last_run, started_at, updated_at
       from salvor.partial_reads order by size_bytes desc, path limit ${NAMED}`,
    );
    const [first] = rows;
    if (first === undefined) return null;
    return {
      files: first.files,
      bytes_read: first.read,
      bytes_total: first.total,
      largest: rows.map(toPartial),
    };
  }
}

function toPartial(row: Row): PartialRead {
  const { artifact_id, path, host, bytes_read, bytes_total, bytes_last_run } = row;
  return {
    artifact_id,
    path: cut(path, PATH_CHARS),
    host,
    bytes_read,
    bytes_total,
    bytes_last_run,
    started_at: time(row.started_at),
    updated_at: time(row.updated_at),
  };
}
