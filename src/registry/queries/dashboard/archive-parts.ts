import { PARTS_JOBS, type PartsJob } from '../../../core/parts-jobs.js';
import type { ArchivePart } from '../../../dashboard/api/checksums.js';
import type { Sql } from '../../../dashboard/port.js';
import { tableExists } from '../table-exists.js';
import { cut, time } from './stored.js';

/** Number of archives listed. */
const LISTED = 20;
const SUBJECT_CHARS = 1000;

type Row = Omit<ArchivePart, 'verb' | 'started_at' | 'updated_at'> & { started_at: Date; updated_at: Date };

/** Reads `salvor.archive_parts`. What drills have restored is stored with the proofs, next to the artifacts. */
export class ArchivePartReads {
  readonly #state: Sql;
  readonly #ledger: Sql;

  constructor(state: Sql, ledger: Sql) {
    this.#state = state;
    this.#ledger = ledger;
  }

  async list(): Promise<ArchivePart[]> {
    return [
      ...(await ofJob(this.#state, 'listings check')),
      ...(await ofJob(this.#ledger, 'recovery drill')),
    ];
  }
}

async function ofJob(sql: Sql, job: PartsJob): Promise<ArchivePart[]> {
  if (!(await tableExists(sql, 'salvor.archive_parts'))) return [];
  const { rows } = await sql.query<Row>(
    `select job, subject, offset_bytes::float8 as bytes_read, size_bytes::float8 as bytes_total,
       advanced_bytes::float8 as bytes_last_run, started_at, updated_at
     from salvor.archive_parts where job = $1 and offset_bytes < size_bytes
     order by size_bytes desc, subject limit ${LISTED}`,
    [job],
  );
  return rows.map(({ subject, started_at, updated_at, ...row }) => ({
    ...row,
    verb: PARTS_JOBS[job].verb,
    subject: cut(subject, SUBJECT_CHARS),
    started_at: time(started_at),
    updated_at: time(updated_at),
  }));
}
