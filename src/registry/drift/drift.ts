import type { Database } from '../database.js';
import {
  type DriftEntry,
  type DriftFilter,
  type DriftLedger,
  type DriftPair,
  driftPair,
} from './drift-port.js';

const DEFAULT_LIMIT = 1000;

const SELECT = `select id::text as id, run_id::text as "runId", artifact_id as "artifactId",
  artifact_type as "artifactType", old_sha256 as "oldSha256", new_sha256 as "newSha256",
  size_bytes as "sizeBytes", (extract(epoch from mtime) * 1000000)::bigint::text as "mtimeUs", path, root, class,
  state, first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt", decided_by as "decidedBy",
  decided_at as "decidedAt", note, decision_id::text as "decisionId", recorded_digests as "recordedDigests", recorded_in as "recordedIn", found_digests as "foundDigests",
  old_size_bytes as "oldSizeBytes", (extract(epoch from old_mtime) * 1000000)::bigint::text as "oldMtimeUs"
  from salvor.drift`;

type Row = Omit<DriftEntry, 'mtimeUs' | 'oldMtimeUs'> & { mtimeUs: string; oldMtimeUs: string | null };

/** An entry of this table, or one made before entries named their table, where nobody could tell which it was. */
const OF_TABLE = `table_name in ($1, '')`;

/** `salvor.drift` of one table, read over SQL. Entries are written in the transaction of the change that they are about. */
export class PostgresDrift implements DriftLedger {
  readonly #db: Database;
  readonly #table: string;

  constructor(db: Database, table: string) {
    this.#db = db;
    this.#table = table;
  }

  async list(filter: DriftFilter): Promise<DriftEntry[]> {
    const { rows } = await this.#db.query<Row>(
      `${SELECT} where ${OF_TABLE} and ($2::text is null or state = $2) and ($3::text is null or artifact_id = $3)
         and ($4::text[] is null or artifact_type = any($4)) and ($6::text is null or class = $6)
         and ($7::text is null or starts_with(path, $7)) and ($8::uuid is null or run_id = $8)
         and ($9::bigint is null or drift.id < $9)
       order by drift.id desc limit $5`,
      [
        ...[this.#table, filter.state ?? null, filter.artifactId ?? null, filter.types ?? null],
        ...[filter.limit ?? DEFAULT_LIMIT, filter.class ?? null, filter.under ?? null, filter.runId ?? null],
        filter.before ?? null,
      ],
    );
    return rows.map(toEntry);
  }

  async get(id: string): Promise<DriftEntry | undefined> {
    const { rows } = await this.#db.query<Row>(`${SELECT} where ${OF_TABLE} and id = $2::bigint`, [
      this.#table,
      id,
    ]);
    return rows.map(toEntry)[0];
  }

  async openCount(types?: readonly string[]): Promise<number> {
    const { rows } = await this.#db.query<{ count: number }>(
      `select count(*) as count from salvor.drift
       where ${OF_TABLE} and state = 'open' and ($2::text[] is null or artifact_type = any($2))`,
      [this.#table, types ?? null],
    );
    return rows[0]?.count ?? 0;
  }

  async rejected(pairs: readonly DriftPair[]): Promise<ReadonlySet<string>> {
    if (pairs.length === 0) return new Set();
    const { rows } = await this.#db.query<DriftPair>(
      `select p.id as "artifactId", p.old as old, p.new as "newSha256"
       from unnest($2::text[], $3::text[], $4::text[]) as p(id, old, new)
       where 'rejected' = (select d.state from salvor.drift d
         where d.${OF_TABLE} and d.artifact_id = p.id
           and coalesce(d.recorded_digests, d.old_sha256) = p.old and d.new_sha256 = p.new
         order by d.id desc limit 1)`,
      [
        this.#table,
        pairs.map((pair) => pair.artifactId),
        pairs.map((pair) => pair.old),
        pairs.map((pair) => pair.newSha256),
      ],
    );
    return new Set(rows.map(driftPair));
  }

  async openOf(artifactId: string): Promise<DriftEntry | undefined> {
    const { rows } = await this.#db.query<Row>(
      `${SELECT} where ${OF_TABLE} and artifact_id = $2 and state = 'open'`,
      [this.#table, artifactId],
    );
    return rows.map(toEntry)[0];
  }

  async settledDigests(artifactId: string): Promise<ReadonlySet<string>> {
    const { rows } = await this.#db.query<{ recorded: string }>(
      `select recorded_digests as recorded from salvor.drift
       where ${OF_TABLE} and artifact_id = $2 and state = 'accepted' and recorded_digests is not null`,
      [this.#table, artifactId],
    );
    return new Set(rows.flatMap(({ recorded }) => recorded.split(' ')));
  }
}

function toEntry(row: Row): DriftEntry {
  const { mtimeUs, oldMtimeUs } = row;
  return { ...row, mtimeUs: BigInt(mtimeUs), oldMtimeUs: oldMtimeUs === null ? null : BigInt(oldMtimeUs) };
}

/** The ledger of a database that has none yet. */
export class NoDrift implements DriftLedger {
  async list(): Promise<DriftEntry[]> {
    return [];
  }

  async get(): Promise<undefined> {
    return undefined;
  }

  async openCount(): Promise<number> {
    return 0;
  }

  async rejected(): Promise<ReadonlySet<string>> {
    return new Set();
  }

  async openOf(): Promise<undefined> {
    return undefined;
  }

  async settledDigests(): Promise<ReadonlySet<string>> {
    return new Set();
  }
}
