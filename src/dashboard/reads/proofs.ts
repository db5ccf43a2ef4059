import type { Sql } from '../port.js';
import { time } from './stored.js';
import type { Tables } from './tables.js';

/**
 * The last proof of every artifact: its newest row in `salvor.proofs`, when that one succeeded. A drill that failed
 * takes back what an earlier one had shown.
 */
export const LAST_PROOFS = `(
  select distinct on (artifact_id) artifact_id, proved_at, ok from salvor.proofs
  order by artifact_id, proved_at desc)`;

/** Whether drills have shown that an artifact can be restored. */
export class ProofReads {
  constructor(
    private readonly sql: Sql,
    private readonly tables: Tables,
  ) {}

  async of(artifactId: string): Promise<{ at: string; ok: boolean } | null> {
    if (!(await this.tables.has('proofs'))) return null;
    const { rows } = await this.sql.query<{ proved_at: Date; ok: boolean }>(
      'select proved_at, ok from salvor.proofs where artifact_id = $1 order by proved_at desc limit 1',
      [artifactId],
    );
    const [row] = rows;
    return row === undefined ? null : { at: time(row.proved_at), ok: row.ok };
  }
}
