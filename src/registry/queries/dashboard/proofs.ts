import type { ArtifactDetail } from '../../../dashboard/api/artifact.js';
import type { Sql } from '../../../dashboard/port.js';
import { ofTable } from '../../artifacts/digests-join.js';
import type { ArtifactShape } from '../../artifacts/table-schema.js';
import type { OwnEntries } from './own-entries.js';
import { time } from './stored.js';
import type { Tables } from './tables.js';

/**
 * SQL for the last restore trial of every artifact. It is a proof only if it succeeded with the content that is
 * recorded now: a later failure or different content invalidates earlier proofs.
 */
export function lastTrials(shape: ArtifactShape): string {
  return `(
  select distinct on (artifact_id) artifact_id, sha256, proved_at, ok from salvor.proofs
  where ${ofTable(shape)} order by artifact_id, proved_at desc, id desc)`;
}

/** Reads `salvor.proofs`. */
export class ProofReads {
  readonly #sql: Sql;
  readonly #tables: Tables;
  readonly #own: OwnEntries;

  constructor(sql: Sql, tables: Tables, own: OwnEntries) {
    this.#sql = sql;
    this.#tables = tables;
    this.#own = own;
  }

  /** The last trial, and whether it restored the recorded content. */
  async of(artifactId: string, recorded: string | null): Promise<ArtifactDetail['proof']> {
    if (!(await this.#tables.has('proofs'))) return null;
    const { rows } = await this.#sql.query<{ proved_at: Date; ok: boolean; sha256: string }>(
      `select proved_at, ok, sha256 from salvor.proofs p where artifact_id = $1 and ${this.#own('p')}
       order by proved_at desc, id desc limit 1`,
      [artifactId],
    );
    const [row] = rows;
    if (row === undefined) return null;
    return { at: time(row.proved_at), ok: row.ok, of_current: row.sha256 === recorded };
  }
}
