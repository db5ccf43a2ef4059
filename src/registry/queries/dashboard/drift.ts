import { timeText } from '../../../core/iso-time.js';
import type { DriftDetail, DriftRow } from '../../../dashboard/api/drift.js';
import type { Page } from '../../../dashboard/api/session.js';
import type { Sql } from '../../../dashboard/port.js';
import { notFound } from '../../../dashboard/security/refusal.js';
import type { ArtifactReads } from './artifacts.js';
import type { OwnEntries } from './own-entries.js';
import { FETCH_ROWS, numberCursor, pageOf } from './page.js';
import { time } from './stored.js';
import type { Tables } from './tables.js';

const COLUMNS = `d.id::text as id, d.run_id::text as run_id, d.artifact_id, d.artifact_type, d.path, d.root,
  coalesce(d.recorded_digests, d.old_sha256) as old_sha256, d.new_sha256, d.size_bytes, d.mtime, d.class, d.state, d.first_seen_at, d.last_seen_at,
  d.decided_by, d.decided_at, d.note, d.old_size_bytes, d.old_mtime, d.found_digests, d.recorded_in`;

type Row = Omit<
  DriftRow,
  'mtime' | 'first_seen_at' | 'last_seen_at' | 'decided_at' | 'title' | 'size_bytes'
> & {
  old_size_bytes: number | string | null;
  old_mtime: Date | null;
  found_digests: string | null;
  recorded_in: string | null;
  size_bytes: number | string;
  mtime: Date;
  first_seen_at: Date;
  last_seen_at: Date;
  decided_at: Date | null;
};

/** Number of files named on the Overview page. */
const NAMED = 3;

/** How much drift needs a decision, and since when. */
export interface OpenDrift {
  count: number;
  corrupt: number;
  since: string | null;
  /** The first few files by name, because the order in which a run finds them is arbitrary. */
  paths: string[];
}

export interface DriftQuery {
  state?: string;
  class?: string;
  type?: string;
  after?: string;
}

/** Reads `salvor.drift`. */
export class DriftReads {
  readonly #sql: Sql;
  readonly #tables: Tables;
  readonly #artifacts: ArtifactReads;
  readonly #own: OwnEntries;

  constructor(sql: Sql, tables: Tables, artifacts: ArtifactReads, own: OwnEntries) {
    this.#own = own;
    this.#sql = sql;
    this.#tables = tables;
    this.#artifacts = artifacts;
  }

  /** One page of entries, newest first. */
  async page(query: DriftQuery): Promise<Page<DriftRow>> {
    if (!(await this.#tables.has('drift'))) return { rows: [], next: null };
    const { rows } = await this.#sql.query<Row>(
      `select ${COLUMNS} from salvor.drift d
       where ($1::text is null or d.state = $1) and ($2::text is null or d.class = $2)
         and ($3::text is null or d.artifact_type = $3) and ($4::bigint is null or d.id < $4::bigint)
       order by d.id desc limit ${FETCH_ROWS}`,
      [query.state ?? null, query.class ?? null, query.type ?? null, numberCursor(query.after)],
    );
    const known = await this.#artifacts.describe(rows.map((row) => row.artifact_id));
    return pageOf(
      rows,
      (row) => toDrift(row, known.get(row.artifact_id)?.title),
      (row) => row.id,
    );
  }

  /** The entries of one artifact, newest first. */
  async ofArtifact(artifactId: string): Promise<DriftRow[]> {
    if (!(await this.#tables.has('drift'))) return [];
    const { rows } = await this.#sql.query<Row>(
      `select ${COLUMNS} from salvor.drift d where d.artifact_id = $1 and ${this.#own('d')} order by d.id desc limit 50`,
      [artifactId],
    );
    return rows.map((row) => toDrift(row, null));
  }

  async detail(id: string): Promise<DriftDetail> {
    // An id that is not a number comes from a mistyped URL and matches no entry.
    if (!/^\d{1,18}$/.test(id) || !(await this.#tables.has('drift')))
      throw notFound('drift entry with this number');
    const { rows } = await this.#sql.query<
      Row & {
        digest: { sha256: string; size_bytes: number; mtime: string; computed_at: string } | null;
      }
    >(
      `select ${COLUMNS},
         case when g.artifact_id is null then null else pg_catalog.jsonb_build_object('sha256', g.sha256,
           'size_bytes', g.size_bytes, 'mtime', g.mtime, 'computed_at', g.computed_at) end as digest
       from salvor.drift d left join salvor.digests g on g.artifact_id = d.artifact_id and g.table_name = d.table_name
       where d.id = $1::bigint`,
      [id],
    );
    const [row] = rows;
    if (row === undefined) throw notFound('drift entry with this number');
    const { digest } = row;
    const known = (await this.#artifacts.describe([row.artifact_id])).get(row.artifact_id);
    return {
      ...toDrift(row, known?.title),
      before:
        row.old_size_bytes === null
          ? null
          : { size_bytes: Number(row.old_size_bytes), mtime: time(row.old_mtime) },
      found_digests: row.found_digests,
      recorded_in: row.recorded_in,
      recorded_sha256: known?.sha256 ?? null,
      digest: digest && { ...digest, mtime: iso(digest.mtime), computed_at: iso(digest.computed_at) },
    };
  }

  /** Open drift. */
  async open(): Promise<OpenDrift> {
    if (!(await this.#tables.has('drift'))) return { count: 0, corrupt: 0, since: null, paths: [] };
    const { rows } = await this.#sql.query<{
      count: number;
      corrupt: number;
      since: Date | null;
      paths: string[];
    }>(
      `select count(*)::integer as count, count(*) filter (where class = 'corrupt')::integer as corrupt,
         min(first_seen_at) as since,
         array(select path from salvor.drift where state = 'open' order by path collate "C" limit ${NAMED}) as paths
       from salvor.drift where state = 'open'`,
    );
    const [row] = rows;
    return {
      count: row?.count ?? 0,
      corrupt: row?.corrupt ?? 0,
      since: time(row?.since ?? null),
      paths: row?.paths ?? [],
    };
  }

  /** Open entries by type. */
  async openByType(): Promise<Record<string, number>> {
    if (!(await this.#tables.has('drift'))) return {};
    const { rows } = await this.#sql.query<{ type: string; count: number }>(
      `select coalesce(artifact_type, '(none)') as type, count(*)::integer as count from salvor.drift
       where state = 'open' group by 1 order by 2 desc limit 200`,
    );
    return Object.fromEntries(rows.map((row) => [row.type, row.count]));
  }
}

function iso(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : timeText(date);
}

function toDrift(row: Row, title: string | null | undefined): DriftRow {
  return {
    id: row.id,
    run_id: row.run_id,
    artifact_id: row.artifact_id,
    artifact_type: row.artifact_type,
    title: title ?? null,
    path: row.path,
    root: row.root,
    old_sha256: row.old_sha256,
    new_sha256: row.new_sha256,
    size_bytes: Number(row.size_bytes),
    mtime: time(row.mtime),
    class: row.class,
    state: row.state,
    first_seen_at: time(row.first_seen_at),
    last_seen_at: time(row.last_seen_at),
    decided_by: row.decided_by,
    decided_at: time(row.decided_at),
    note: row.note,
  };
}
