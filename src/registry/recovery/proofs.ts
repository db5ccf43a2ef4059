import { SHA256_KEY } from '../../core/checksum-marker.js';
import { digestsOf, ofTable } from '../artifacts/digests-join.js';
import type { ArtifactShape } from '../artifacts/table-schema.js';
import type { Queries } from '../queries.js';
import type { ProofCounts, ProofEntry, ProofLedger, ProofSubject } from './proofs-port.js';

/** The last trial of every artifact of this table. */
function lastTrials({ table }: ArtifactShape): string {
  return `(select distinct on (artifact_id) artifact_id, sha256, ok, proved_at, run_id from salvor.proofs
         where ${ofTable({ table })} order by artifact_id, proved_at desc, id desc)`;
}

/** Proofs over SQL, in the artifacts' own database. */
export class PostgresProofLedger implements ProofLedger {
  readonly #database: Queries;
  readonly #shape: ArtifactShape;

  constructor(database: Queries, shape: ArtifactShape) {
    this.#database = database;
    this.#shape = shape;
  }

  async next(runId: string, leftOut: readonly string[], limit: number): Promise<ProofSubject[]> {
    const { rows } = await this.#database.query<ProofSubject>(
      `select s.id as "artifactId", s.sha256 from (${subjectsOf(this.#shape)}) s
       left join ${lastTrials(this.#shape)} t on t.artifact_id = s.id
       where s.sha256 is not null and t.run_id is distinct from $1::uuid and s.id <> all($2::text[])
       order by case when t.ok and t.sha256 = s.sha256 then t.proved_at end nulls first, t.proved_at nulls first, s.id limit $3`,
      [runId, leftOut, limit],
    );
    return rows;
  }

  async current(artifactIds: readonly string[]): Promise<ProofSubject[]> {
    if (artifactIds.length === 0) return [];
    const { rows } = await this.#database.query<ProofSubject>(
      `select s.id as "artifactId", s.sha256 from (${subjectsOf(this.#shape)}) s
       where s.sha256 is not null and s.id = any($1::text[])`,
      [artifactIds],
    );
    return rows;
  }

  async counts(): Promise<ProofCounts> {
    const { rows } = await this.#database.query<ProofCounts>(
      `select count(*)::float8 as artifacts,
         (count(*) filter (where not exists (
           select from salvor.proofs p where p.artifact_id = s.id and p.${ofTable(this.#shape)} and p.ok
             and p.sha256 = s.sha256)))::float8 as "neverProven",
         pg_catalog.to_char(min(t.proved_at) filter (where t.ok and t.sha256 = s.sha256) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
           as "oldestProofAt"
       from (${subjectsOf(this.#shape)}) s
       left join ${lastTrials(this.#shape)} t on t.artifact_id = s.id
       where s.sha256 is not null`,
    );
    return rows[0] ?? { artifacts: 0, neverProven: 0, oldestProofAt: null };
  }

  record(entry: ProofEntry): Promise<void> {
    return insertProof(this.#database, this.#shape.table, entry);
  }
}

/** `table` is the artifacts' quoted name with its schema. */
export async function insertProof(db: Queries, table: string, entry: ProofEntry): Promise<void> {
  await db.query(
    `with finished as (delete from salvor.archive_parts
       where job = 'recovery drill' and table_name = $9 and subject = $2)
     insert into salvor.proofs (run_id, artifact_id, sha256, archive_url, archive_etag, member, ok, reason, table_name)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      entry.runId,
      entry.artifactId,
      entry.sha256,
      entry.archiveUrl,
      entry.archiveEtag,
      entry.member === null ? null : storable(entry.member),
      entry.reason === null,
      entry.reason === null ? null : storable(entry.reason),
      table,
    ],
  );
}

/** SQL for every artifact, with the digest on record: what its metadata says, else what Salvor computed. */
export function subjectsOf(shape: ArtifactShape): string {
  const { id, metadata, table, hasState } = shape;
  const recorded = metadata.merges
    ? `substring(a.${metadata.name} ->> '${SHA256_KEY}' from '^[0-9a-f]{64}$')`
    : `substring(a.${metadata.name}::text from '"${SHA256_KEY}"[[:space:]]*:[[:space:]]*"([0-9a-f]{64})"')`;
  const key = `a.${id.name}::text`;
  if (!hasState) return `select ${key} as id, ${recorded} as sha256 from ${table} a`;
  return `select ${key} as id, coalesce(${recorded}, d.sha256) as sha256
      from ${table} a left join ${digestsOf(shape)}`;
}

/** Text in PostgreSQL holds neither NUL nor a lone surrogate, which a hostile name may. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').replace(/\p{Cs}/gu, '\ufffd');
}
