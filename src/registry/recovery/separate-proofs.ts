import { Smallest, scanBatches } from '../artifacts/scan-batches.js';
import type { ArtifactShape } from '../artifacts/table-schema.js';
import type { Database } from '../database.js';
import { insertProof, subjectsOf } from './proofs.js';
import type { ProofCounts, ProofEntry, ProofLedger, ProofSubject } from './proofs-port.js';

/** The last trial of an artifact, and the digest that Salvor computed itself. */
interface Known {
  computed: string | null;
  tried: string | null;
  ok: boolean | null;
  provedAt: string | null;
  runId: string | null;
  isProven: boolean;
}

interface Candidate extends ProofSubject {
  /** When what is on record was last proven; empty for never. */
  provenAt: string;
  triedAt: string;
}

/**
 * Proofs of artifacts that are only read: proofs and digests are in the state's database, and every question is one
 * pass over the artifacts in batches.
 */
export class SeparateProofLedger implements ProofLedger {
  readonly #artifacts: Database;
  readonly #shape: ArtifactShape;
  readonly #state: Database;

  constructor(artifacts: Database, shape: ArtifactShape, state: Database) {
    this.#artifacts = artifacts;
    this.#shape = shape;
    this.#state = state;
  }

  async next(runId: string, leftOut: readonly string[], limit: number): Promise<ProofSubject[]> {
    const next = new Smallest<Candidate>(limit, compare);
    const out = new Set(leftOut);
    await this.#each((subject, known) => {
      if (known?.runId === runId || out.has(subject.artifactId)) return;
      next.add({ ...subject, provenAt: provenAt(subject, known), triedAt: known?.provedAt ?? '' });
    });
    return next.values().map(({ artifactId, sha256 }) => ({ artifactId, sha256 }));
  }

  async current(artifactIds: readonly string[]): Promise<ProofSubject[]> {
    if (artifactIds.length === 0) return [];
    const wanted = new Set(artifactIds);
    const found: ProofSubject[] = [];
    await this.#each((subject) => {
      if (wanted.has(subject.artifactId)) found.push(subject);
    });
    return found;
  }

  async counts(): Promise<ProofCounts> {
    const counts: ProofCounts = { artifacts: 0, neverProven: 0, oldestProofAt: null };
    await this.#each((subject, known) => {
      counts.artifacts += 1;
      if (known?.isProven !== true) counts.neverProven += 1;
      const at = provenAt(subject, known);
      if (at !== '' && (counts.oldestProofAt === null || at < counts.oldestProofAt))
        counts.oldestProofAt = at;
    });
    return counts;
  }

  record(entry: ProofEntry): Promise<void> {
    return insertProof(this.#state, this.#shape.table, entry);
  }

  /** Every artifact with a digest on record: what its metadata says, else what Salvor computed. */
  async #each(take: (subject: ProofSubject, known: Known | undefined) => void): Promise<void> {
    const sql = subjectsOf({ ...this.#shape, hasState: false });
    await scanBatches<{ id: string; sha256: string | null }>(
      this.#artifacts,
      { sql, values: [] },
      async (rows) => {
        const known = await this.#known(rows);
        for (const { id, sha256 } of rows) {
          const of = known.get(id);
          const digest = sha256 ?? of?.computed ?? null;
          if (digest !== null) take({ artifactId: id, sha256: digest }, of);
        }
      },
    );
  }

  async #known(
    subjects: readonly { id: string; sha256: string | null }[],
  ): Promise<ReadonlyMap<string, Known>> {
    const { rows } = await this.#state.query<Known & { id: string }>(
      `select i.id, d.sha256 as computed, t.sha256 as tried, t.ok, t.run_id::text as "runId",
         pg_catalog.to_char(t.proved_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "provedAt",
         exists (select from salvor.proofs p where p.artifact_id = i.id and p.table_name in ($1, '') and p.ok
           and p.sha256 = coalesce(i.sha256, d.sha256)) as "isProven"
       from unnest($2::text[], $3::text[]) as i(id, sha256)
       left join salvor.digests d on d.artifact_id = i.id and d.table_name = $1
       left join lateral (select p.sha256, p.ok, p.proved_at, p.run_id from salvor.proofs p
         where p.artifact_id = i.id and p.table_name in ($1, '') order by p.proved_at desc, p.id desc limit 1) t on true`,
      [this.#shape.table, subjects.map((one) => one.id), subjects.map((one) => one.sha256)],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }
}

function provenAt({ sha256 }: ProofSubject, known: Known | undefined): string {
  return known?.ok === true && known.tried === sha256 ? (known.provedAt ?? '') : '';
}

/** Never proven first, then by the last proof; of those alike the one that was last tried longest ago. */
function compare(a: Candidate, b: Candidate): number {
  if (a.provenAt !== b.provenAt) return a.provenAt < b.provenAt ? -1 : 1;
  if (a.triedAt !== b.triedAt) return a.triedAt < b.triedAt ? -1 : 1;
  return a.artifactId < b.artifactId ? -1 : 1;
}
