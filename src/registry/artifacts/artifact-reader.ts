import { CHECKSUM_KEYS } from '../../core/checksum-marker.js';
import { timeText } from '../../core/iso-time.js';
import type { Database } from '../database.js';
import type { Queries, Result } from '../queries.js';
import { type RawRow, rowColumns, toArtifact } from './artifact-row.js';
import type {
  ArtifactKey,
  ArtifactReader,
  ArtifactRow,
  OldestKey,
  ReadOptions,
  TypeCount,
  WorkFilter,
} from './artifacts-port.js';
import { certainlyDone, computedAt, markerTime, type Predicate, wanted } from './checksum-predicates.js';
import type { ArtifactShape } from './table-schema.js';

/** A scan of a million rows joined with their digests then needs no temporary files. */
const SCAN_WORK_MEM = '64MB';

/** Stands for salvor.digests in a database that has none. */
const NO_DIGESTS = `(select null::text as artifact_id, null::text as path, null::text as root, null::bigint as size_bytes,
  null::timestamptz as mtime, null::text as sha256, null::timestamptz as computed_at, null::bigint as metadata_hash
  where false)`;

/** The artifacts table read over SQL. Holds no method that writes. */
export class PostgresArtifactReader implements ArtifactReader {
  readonly table: string;
  readonly #db: Database;
  readonly #shape: ArtifactShape;

  constructor(db: Database, shape: ArtifactShape) {
    this.#db = db;
    this.#shape = shape;
    this.table = shape.table;
  }

  async counts(filter: WorkFilter): Promise<TypeCount[]> {
    const shape = this.#shape;
    const rows = wanted(shape, filter, 1);
    const done = certainlyDone(shape, filter, 1 + rows.values.length);
    const result = await this.#scan<{ type: string | null; rows: number; done: number }>(
      `select a.${shape.type.name}::text as type, count(*) as rows, count(*) filter (where ${done.sql}) as done
       from ${this.#joined()} where ${rows.sql} group by 1 order by 1`,
      [...rows.values, ...done.values],
    );
    return result.rows;
  }

  openKeys(after: ArtifactKey | undefined, limit: number, filter: WorkFilter): Promise<ArtifactKey[]> {
    const rows = wanted(this.#shape, filter, 1);
    const done = certainlyDone(this.#shape, filter, 1 + rows.values.length);
    const open = { sql: `${rows.sql} and not ${done.sql}`, values: [...rows.values, ...done.values] };
    return this.#keys(after, limit, open);
  }

  allKeys(after: ArtifactKey | undefined, limit: number, filter: WorkFilter): Promise<ArtifactKey[]> {
    return this.#keys(after, limit, wanted(this.#shape, filter, 1));
  }

  async oldestDone(
    after: OldestKey | undefined,
    limit: number,
    filter: WorkFilter & { before: Date },
  ): Promise<OldestKey[]> {
    const shape = this.#shape;
    const rows = wanted(shape, filter, 1);
    const done = shape.metadata.merges
      ? certainlyDone(shape, {}, 1 + rows.values.length)
      : { sql: `a.${shape.metadata.name} is not null`, values: [] };
    const time = shape.metadata.merges
      ? computedAt(shape)
      : `coalesce(${markerTime('d.computed_at')}, '') collate "C"`;
    const values = [...rows.values, ...done.values, timeText(filter.before), limit];
    const bounds = [`${time} < $${values.length - 1}::text`];
    if (after !== undefined) {
      values.push(after.computedAt, after.id);
      bounds.push(
        `(${time}, a.${shape.id.name}) > ($${values.length - 1}::text, $${values.length}::${shape.id.type})`,
      );
    }
    const result = await this.#scan<OldestKey>(
      `select a.${shape.id.name}::text as id, ${time} as "computedAt" from ${this.#joined()}
       where ${rows.sql} and ${done.sql} and ${bounds.join(' and ')}
       order by ${time}, a.${shape.id.name} limit $${rows.values.length + done.values.length + 2}`,
      values,
    );
    return result.rows;
  }

  async read(ids: readonly string[], options: ReadOptions = {}): Promise<ArtifactRow[]> {
    if (ids.length === 0) return [];
    const keys = options.keys ?? CHECKSUM_KEYS;
    const { id } = this.#shape;
    const { rows } = await this.#db.query<RawRow>(
      `select ${rowColumns(this.#shape, keys, options.whole ?? false)}
       from ${this.#joined()} where a.${id.name} = any($1::${id.type.replace(/\(.*\)/, '')}[])`,
      [ids],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      return row ? [toArtifact(row, keys, this.#shape.metadata.merges)] : [];
    });
  }

  async countPath(path: string): Promise<number> {
    const { rows } = await this.#db.query<{ count: number }>(
      `select count(*) as count from ${this.#shape.table} a where a.${this.#shape.path.name}::text = $1`,
      [path],
    );
    return rows[0]?.count ?? 0;
  }

  /** Rows with a type by (type, id), then those without one by id: a comparison with NULL is never true. */
  async #keys(after: ArtifactKey | undefined, limit: number, condition: Predicate): Promise<ArtifactKey[]> {
    const typed =
      after === undefined || after.type !== null ? await this.#page(true, after, limit, condition) : [];
    if (typed.length === limit) return typed;
    const rest = after?.type === null ? after : undefined;
    return [...typed, ...(await this.#page(false, rest, limit - typed.length, condition))];
  }

  async #page(
    typed: boolean,
    after: ArtifactKey | undefined,
    limit: number,
    condition: Predicate,
  ): Promise<ArtifactKey[]> {
    const { id, type } = this.#shape;
    const values = [...condition.values, limit];
    const bounds = [condition.sql, `a.${type.name} is ${typed ? 'not null' : 'null'}`];
    if (after !== undefined) {
      values.push(after.id);
      const afterId = `$${values.length}::${id.type}`;
      if (typed) values.push(after.type);
      bounds.push(
        typed
          ? `(a.${type.name}, a.${id.name}) > ($${values.length}::${type.type}, ${afterId})`
          : `a.${id.name} > ${afterId}`,
      );
    }
    const result = await this.#scan<ArtifactKey>(
      `select a.${id.name}::text as id, a.${type.name}::text as type from ${this.#joined()}
       where ${bounds.join(' and ')}
       order by ${typed ? `a.${type.name}, ` : ''}a.${id.name} limit $${condition.values.length + 1}`,
      values,
    );
    return result.rows;
  }

  #joined(): string {
    const { table, id, hasState } = this.#shape;
    return `${table} a left join ${hasState ? 'salvor.digests' : NO_DIGESTS} d on d.artifact_id = a.${id.name}::text`;
  }

  #scan<Row>(sql: string, values: readonly unknown[]): Promise<Result<Row>> {
    return this.#db.transaction(
      async (tx: Queries) => {
        await tx.query(`select pg_catalog.set_config('work_mem', $1, true)`, [SCAN_WORK_MEM]);
        return tx.query<Row>(sql, values);
      },
      { readOnly: true },
    );
  }
}
