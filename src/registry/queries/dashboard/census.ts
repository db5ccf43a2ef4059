import { SHA256_KEY } from '../../../core/checksum-marker.js';
import { timeText } from '../../../core/iso-time.js';
import type { Census, CensusState, TypeCensus } from '../../../dashboard/api/overview.js';
import type { DashboardSource, Sql } from '../../../dashboard/port.js';
import { certainlyDone, wanted } from '../../artifacts/checksum-predicates.js';
import { digestsOf, ofTable } from '../../artifacts/digests-join.js';
import type { ArtifactShape } from '../../artifacts/table-schema.js';
import { type Contradicted, contradictedArtifacts } from '../red.js';
import { lastTrials } from './proofs.js';
import { cut, time } from './stored.js';
import type { Tables } from './tables.js';

/** A request starts a new count if the last one is older than this and than ten times its duration. */
const FRESH_MS = 60_000;
const EASE = 10;
/** The count keeps the database busy, so the other queries of the same page run first. */
const HEAD_START_MS = 300;
/** Further types are counted together. */
const MAX_TYPES = 200;
const OTHERS = '(other types)';

interface Row extends TypeCensus {
  oldest_verified_at: Date | null;
  oldest_proof_at: Date | null;
  newest_proof_at: Date | null;
}

/**
 * Counts how many artifacts are verified or proven. One pass over a million rows takes seconds, so it runs in the
 * background, one at a time, and requests get the last count with its time.
 */
export class CensusTaker {
  #state: CensusState = { state: 'counting', since: '' };
  #running: Promise<void> | undefined;
  #countedAt: number | undefined;
  #stale = false;
  readonly #source: DashboardSource;
  readonly #tables: Tables;
  readonly #now: () => number;

  constructor(source: DashboardSource, tables: Tables, now: () => number) {
    this.#source = source;
    this.#tables = tables;
    this.#now = now;
  }

  /** The last count. Starts a new one if it is old, without waiting for it. */
  current(): CensusState {
    if ('missing' in this.#source.artifacts) return { state: 'none', reason: this.#source.artifacts.missing };
    if (this.#running === undefined && this.#isOld()) this.#begin();
    return this.#state.state === 'ready'
      ? { ...this.#state, recounting: this.#running !== undefined }
      : this.#state;
  }

  /** Marks the count as out of date after a change. */
  forget(): void {
    this.#stale = true;
  }

  #isOld(): boolean {
    if (this.#countedAt === undefined || this.#stale) return true;
    const took = this.#state.state === 'ready' ? this.#state.census.took_ms : 0;
    return this.#now() - this.#countedAt > Math.max(FRESH_MS, took * EASE);
  }

  #begin(): void {
    const startedAt = this.#now();
    this.#stale = false;
    if (this.#state.state !== 'ready') this.#state = { state: 'counting', since: timeText(startedAt) };
    this.#running = pause(HEAD_START_MS)
      .then(() => this.#count())
      .then(
        (census) => {
          this.#state = { state: 'ready', census, recounting: false };
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          this.#state = { state: 'failed', reason: cut(reason, 500) };
        },
      )
      .finally(() => {
        this.#countedAt = this.#now();
        this.#running = undefined;
      });
  }

  async #count(): Promise<Census> {
    const startedAt = this.#now();
    const { artifacts } = this.#source;
    if (!('shape' in artifacts)) throw new Error(artifacts.missing);
    const [digests, drift, proofs] = await Promise.all([
      this.#tables.has('digests'),
      this.#tables.has('drift'),
      this.#tables.has('proofs'),
    ]);
    const { stateSql, ledgerSql, censusSql } = this.#source;
    const contradicted = await contradictedArtifacts(stateSql);
    // Tables in another database cannot be joined with the artifacts, so their rows are passed as values.
    const isSeparate = ledgerSql === stateSql && ledgerSql !== this.#source.sql;
    const elsewhere = isSeparate ? await elsewhereOf(ledgerSql, artifacts.shape) : undefined;
    const { sql, values } = statement(artifacts.shape, { digests, drift, proofs }, contradicted, elsewhere);
    const { rows } = await censusSql.query<Row>(sql, values);
    const types = rows.map(toType);
    return {
      as_of: timeText(startedAt),
      took_ms: this.#now() - startedAt,
      totals: types.reduce(add, zero('')),
      types: shortened(types),
      oldest_verified_at: time(extreme(rows, 'oldest_verified_at', -1)),
      oldest_proof_at: time(extreme(rows, 'oldest_proof_at', -1)),
      newest_proof_at: time(extreme(rows, 'newest_proof_at', 1)),
      proofs_kept: proofs,
    };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function statement(
  shape: ArtifactShape,
  has: { digests: boolean; drift: boolean; proofs: boolean },
  contradicted: Contradicted,
  elsewhere?: Elsewhere,
): { sql: string; values: unknown[] } {
  const rows = wanted(shape, {}, 1);
  const done = has.digests ? certainlyDone(shape, {}, 1 + rows.values.length) : { sql: 'false', values: [] };
  const next = 1 + rows.values.length + done.values.length;
  const openDrift =
    elsewhere === undefined
      ? `(select distinct artifact_id from salvor.drift where state = 'open' and ${ofTable(shape)})`
      : `unnest($${next + 2}::text[])`;
  const trials =
    elsewhere === undefined
      ? `${lastTrials(shape)} p`
      : `unnest($${next + 3}::text[], $${next + 4}::text[], $${next + 5}::timestamptz[], $${next + 6}::boolean[]) as p(artifact_id, sha256, proved_at, ok)`;
  const id = `a.${shape.id.name}::text`;
  const recorded = has.digests ? `coalesce(${recordedDigest(shape)}, d.sha256)` : recordedDigest(shape);
  const same = `coalesce(p.sha256 = ${recorded}, false)`;
  // A tried sha256 is always a valid digest, so equal metadata needs no pattern match, which costs much more.
  const isProven = shape.metadata.merges
    ? `(coalesce(p.sha256 = a.${shape.metadata.name} ->> '${SHA256_KEY}', false) or ${same})`
    : same;
  const provedAt = has.proofs ? 'p.proved_at' : 'null::timestamptz';
  // Grouped by condition first, so that each condition is evaluated once per row and not once per sum.
  const sql = `select coalesce(type, '(none)') as type, sum(rows)::bigint as artifacts,
      coalesce(sum(rows) filter (where has_path), 0)::bigint as with_path,
      coalesce(sum(rows) filter (where verified), 0)::bigint as verified,
      coalesce(sum(rows) filter (where proven), 0)::bigint as proven,
      coalesce(sum(rows) filter (where verified or proven), 0)::bigint as recoverable,
      min(oldest_verified_at) filter (where verified) as oldest_verified_at,
      min(oldest_proof_at) filter (where proven) as oldest_proof_at,
      max(newest_proof_at) filter (where proven) as newest_proof_at
    from (
      select a.${shape.type.name}::text as type, (${rows.sql}) as has_path,
        (${rows.sql}) and (${done.sql}) and ${has.drift ? 'o.artifact_id is null' : 'true'}
          and (c.seen_at is null or ${has.digests ? 'c.seen_at < d.computed_at' : 'false'}) as verified,
        ${has.proofs ? `case when p.ok then ${isProven} else false end` : 'false'} as proven,
        count(*) as rows, min(${has.digests ? 'coalesce(d.verified_at, d.computed_at)' : 'null::timestamptz'}) as oldest_verified_at,
        min(${provedAt}) as oldest_proof_at, max(${provedAt}) as newest_proof_at
      from ${shape.table} a
      ${has.digests ? `left join ${digestsOf(shape)}` : ''}
      ${has.drift ? `left join ${openDrift} as o(artifact_id) on o.artifact_id = ${id}` : ''}
      ${has.proofs ? `left join ${trials} on p.artifact_id = ${id}` : ''}
      left join unnest($${next}::text[], $${next + 1}::timestamptz[]) as c(artifact_id, seen_at) on c.artifact_id = ${id}
      group by 1, 2, 3, 4
    ) as judged
    group by 1 order by 2 desc, 1`;
  const own = [...rows.values, ...done.values, contradicted.ids, contradicted.seenAt];
  return { sql, values: elsewhere === undefined ? own : [...own, ...elsewhere.values] };
}

/** Open drift and restore trials of a read-only registry, in the order of the parameters. */
interface Elsewhere {
  values: [drifted: string[], tried: string[], sha256: string[], provedAt: Date[], ok: boolean[]];
}

async function elsewhereOf(ledger: Sql, shape: ArtifactShape): Promise<Elsewhere> {
  const drift = await ledger.query<{ id: string }>(
    `select distinct artifact_id as id from salvor.drift where state = 'open' and ${ofTable(shape)}`,
  );
  const { rows } = await ledger.query<{ artifact_id: string; sha256: string; proved_at: Date; ok: boolean }>(
    `select p.artifact_id, p.sha256, p.proved_at, p.ok from ${lastTrials(shape)} p`,
  );
  return {
    values: [
      drift.rows.map((row) => row.id),
      rows.map((row) => row.artifact_id),
      rows.map((row) => row.sha256),
      rows.map((row) => row.proved_at),
      rows.map((row) => row.ok),
    ],
  };
}

/** SQL for the digest in the metadata, as drills read it. */
function recordedDigest({ metadata }: ArtifactShape): string {
  return metadata.merges
    ? `substring(a.${metadata.name} ->> '${SHA256_KEY}' from '^[0-9a-f]{64}$')`
    : `substring(a.${metadata.name}::text from '"${SHA256_KEY}"[[:space:]]*:[[:space:]]*"([0-9a-f]{64})"')`;
}

function toType(row: Row): TypeCensus {
  const { artifacts, with_path, verified, proven, recoverable } = row;
  return { type: cut(row.type, 200), artifacts, with_path, verified, proven, recoverable };
}

function zero(type: string): TypeCensus {
  return { type, artifacts: 0, with_path: 0, verified: 0, proven: 0, recoverable: 0 };
}

function add(sum: TypeCensus, one: TypeCensus): TypeCensus {
  return {
    type: sum.type,
    artifacts: sum.artifacts + one.artifacts,
    with_path: sum.with_path + one.with_path,
    verified: sum.verified + one.verified,
    proven: sum.proven + one.proven,
    recoverable: sum.recoverable + one.recoverable,
  };
}

function shortened(types: TypeCensus[]): TypeCensus[] {
  if (types.length <= MAX_TYPES) return types;
  return [...types.slice(0, MAX_TYPES), types.slice(MAX_TYPES).reduce(add, zero(OTHERS))];
}

function extreme(
  rows: readonly Row[],
  field: 'oldest_verified_at' | 'oldest_proof_at' | 'newest_proof_at',
  sign: 1 | -1,
): Date | null {
  return rows.reduce<Date | null>((best, row) => {
    const value = row[field];
    if (value === null || best === null) return value ?? best;
    return (value.getTime() - best.getTime()) * sign > 0 ? value : best;
  }, null);
}
