import type { PartialRead, PartialReads } from '../../../dashboard/api/checksums.js';
import type { Sql } from '../../../dashboard/port.js';
import { partialProgress } from '../partial-progress.js';
import { cut, time } from './stored.js';
import type { Tables } from './tables.js';

/** Number of files listed by name. The totals include the others. */
const NAMED = 20;
const PATH_CHARS = 1000;

interface Row {
  artifact_id: string;
  path: string;
  host: string;
  bytes_read: number;
  bytes_total: number;
  bytes_last_run: number;
  started_at: Date;
  updated_at: Date;
}

/** Reads `salvor.partial_reads`: the progress of files that are too large for one run. */
export class PartialReadReads {
  readonly #sql: Sql;
  readonly #tables: Tables;

  constructor(sql: Sql, tables: Tables) {
    this.#sql = sql;
    this.#tables = tables;
  }

  async view(): Promise<PartialReads | null> {
    if (!(await this.#tables.has('partial_reads'))) return null;
    const progress = await partialProgress(this.#sql, null);
    if (progress === undefined) return null;
    // A file that is being read a second time has two entries.
    const { rows } = await this.#sql.query<Row>(
      `select artifact_id, min(path) as path, min(host) as host, sum(offset_bytes)::float8 as bytes_read,
         sum(size_bytes)::float8 as bytes_total, sum(advanced_bytes)::float8 as bytes_last_run,
         min(started_at) as started_at, max(updated_at) as updated_at
       from salvor.partial_reads group by table_name, artifact_id order by 5 desc, 2 limit ${NAMED}`,
    );
    return {
      files: progress.files,
      bytes_read: progress.doneBytes,
      bytes_total: progress.totalBytes,
      runs_left: progress.runsLeft,
      largest: rows.map(toPartial),
    };
  }
}

function toPartial({ path, started_at, updated_at, ...row }: Row): PartialRead {
  return { ...row, path: cut(path, PATH_CHARS), started_at: time(started_at), updated_at: time(updated_at) };
}
