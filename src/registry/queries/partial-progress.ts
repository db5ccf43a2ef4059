import type { PartsJob } from '../../core/parts-jobs.js';
import type { Asks } from './asks.js';
import { tableExists } from './table-exists.js';

/** How far files, archives or contents of archives are that take more than one run, in all. */
export interface PartialProgress {
  files: number;
  /** Read so far, and to be read in all; a file that is read a second time counts twice. */
  doneBytes: number;
  totalBytes: number;
  /** What the newest run that went on with any of them has read. */
  lastRunBytes: number;
  lastRunAt: Date;
  /** Runs like the newest one until all of them are finished; null when it read nothing. */
  runsLeft: number | null;
}

interface FileRow {
  runId: string | null;
  doneBytes: number;
  totalBytes: number;
  runBytes: number;
  at: Date;
}

/**
 * What `salvor.partial_reads` says of the files of one table, or of all with null; undefined when no file is read in parts.
 * @param ledger the database of journal, digests and drift
 */
export async function partialProgress(
  ledger: Asks,
  table: string | null,
): Promise<PartialProgress | undefined> {
  if (!(await tableExists(ledger, 'salvor.partial_reads'))) return undefined;
  const { rows } = await ledger.query<FileRow>(
    `select (pg_catalog.array_agg(run_id order by updated_at desc))[1]::text as "runId",
       sum(offset_bytes)::float8 as "doneBytes", sum(size_bytes)::float8 as "totalBytes",
       (pg_catalog.array_agg(advanced_bytes order by updated_at desc))[1]::float8 as "runBytes", max(updated_at) as at
     from salvor.partial_reads where $1::text is null or table_name = $1
     group by table_name, artifact_id order by max(updated_at) desc`,
    [table],
  );
  return progressOf(rows);
}

/** The archives that a job reads in parts, or the contents of archives; undefined when there are none. */
export async function archiveProgress(state: Asks, job: PartsJob): Promise<PartialProgress | undefined> {
  if (!(await tableExists(state, 'salvor.archive_parts'))) return undefined;
  const { rows } = await state.query<FileRow>(
    `select run_id::text as "runId", offset_bytes::float8 as "doneBytes", size_bytes::float8 as "totalBytes",
       advanced_bytes::float8 as "runBytes", updated_at as at
     from salvor.archive_parts where job = $1 and offset_bytes < size_bytes order by updated_at desc`,
    [job],
  );
  return progressOf(rows);
}

/** @param files the one that was last read first */
function progressOf(files: readonly FileRow[]): PartialProgress | undefined {
  const [newest] = files;
  if (newest === undefined) return undefined;
  const sum = (of: (file: FileRow) => number, some = files): number =>
    some.reduce((total, file) => total + of(file), 0);
  const doneBytes = sum((file) => file.doneBytes);
  const totalBytes = sum((file) => file.totalBytes);
  const ofLastRun = files.filter(({ runId }) => runId === newest.runId);
  const lastRunBytes = sum((file) => file.runBytes, ofLastRun);
  return {
    files: files.length,
    doneBytes,
    totalBytes,
    lastRunBytes,
    lastRunAt: newest.at,
    runsLeft: lastRunBytes > 0 ? Math.ceil((totalBytes - doneBytes) / lastRunBytes) : null,
  };
}
