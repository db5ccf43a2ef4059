import type { Database } from '../registry/database.js';
import { decodeJson, decodeText } from '../registry/text.js';
import * as sql from '../registry/units/statements.js';
import type { EndedUnit } from './port.js';

/** A row that `TELL_ENDED` returns. */
interface EndedRow extends Omit<EndedUnit, 'reports' | 'about'> {
  about: string;
}

/**
 * Some of the ended units that the run has not processed yet; empty if there are no more. Each is returned only once.
 */
export async function takeEnded(database: Database, runId: string): Promise<EndedUnit[]> {
  const { rows } = await database.query<EndedRow>(sql.TELL_ENDED, [runId]);
  if (rows.length === 0) return [];
  const reports = await database.query<{ unit: number; report: unknown }>(sql.REPORTS, [
    runId,
    rows.map(({ unit }) => unit),
  ]);
  return rows.map((row) => {
    const own = reports.rows.filter(({ unit }) => unit === row.unit);
    return endedUnit(
      row,
      own.map(({ report }) => decodeJson(report)),
    );
  });
}

function endedUnit(row: EndedRow, reports: unknown[]): EndedUnit {
  const { unit, state, worker, host, attempts } = row;
  return {
    unit,
    state,
    worker,
    host,
    attempts,
    about: decodeText(row.about),
    reports,
    result: decodeJson(row.result),
    error: decodeJson(row.error) as EndedUnit['error'],
  };
}
