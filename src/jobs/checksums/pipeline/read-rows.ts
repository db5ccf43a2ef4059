import { CHECKSUM_KEYS } from '../../../core/checksum-marker.js';
import { Failure } from '../../../core/failure.js';
import type { ArtifactKey, ArtifactReader, ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import { UNRECOVERABLE_KEY } from '../report/findings.js';
import type { Tally } from '../report/summary.js';

/** A key from the work list; a distributed unit has only ids. */
type Key = Pick<ArtifactKey, 'id'> & { type?: string | null };

/**
 * Reads the rows of these keys. Every key gets an answer: its row, or that the row was deleted, or that several rows
 * have the id. Rows with a shared id are skipped and counted.
 * @throws Failure `run.accounting` if a row exists but was not returned: its file would never be checked
 */
export async function readRows(
  artifacts: ArtifactReader,
  keys: readonly Key[],
  names: readonly string[],
  tally: Tally,
): Promise<ArtifactRow[]> {
  const ids = keys.map((key) => key.id);
  const rows = await artifacts.read(ids, { keys: names });
  if (rows.length === ids.length) return rows;
  const returned = new Set(rows.map((row) => row.id));
  const missing = keys.filter((key) => !returned.has(key.id));
  const occurrences = await artifacts.occurrences(missing.map((key) => key.id));
  for (const { id, type = null } of missing) {
    const found = occurrences.get(id) ?? 0;
    if (found === 1) throw notReturned(artifacts.table, id);
    if (found === 0) tally.gone(type);
    else tally.result(type, 'id_not_unique');
  }
  return rows;
}

function notReturned(table: string, id: string): Failure {
  return new Failure(
    'run.accounting',
    `the row ${JSON.stringify(id)} of ${table} exists, but the database did not return it when asked by id`,
    {
      hint: 'check the type, collation and indexes of the id column (REINDEX), or set registry.columns.id to another column',
      detail: { artifact_id: id },
    },
  );
}

/** The values that a row had when it was read; they must not have changed when it is written. */
export const READ_KEYS = [...CHECKSUM_KEYS, UNRECOVERABLE_KEY] as const;
