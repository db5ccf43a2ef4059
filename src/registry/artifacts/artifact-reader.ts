import { CHECKSUM_KEYS } from '../../core/checksum-marker.js';
import { timeText } from '../../core/iso-time.js';
import type { Database } from '../database.js';
import type { Queries, Result } from '../queries.js';
import { findAmbiguousIds } from './ambiguous-ids.js';
import { type RawRow, rowColumns, toArtifact } from './artifact-row.js';
import type {
  AmbiguousIds,
  ArtifactKey,
  ArtifactReader,
  ArtifactRow,
  KeyPage,
  OldestKey,
  ReadOptions,
  TypeCount,
  WorkFilter,
} from './artifacts-port.js';
import {
  certainlyDone,
  markedInFuture,
  type Predicate,
  verifiedTime,
  wanted,
} from './checksum-predicates.js';
import { digestsOf, digestsOfPage } from './digests-join.js';
import { canBeId } from './possible-id.js';
import { SeparateDigests } from './separate-digests.js';
import type { ArtifactShape } from './table-schema.js';

/** A scan of a million rows joined with their digests then needs no temporary files. */
const SCAN_WORK_MEM = '64MB';

/** Paths of one answer. */
const PATHS_PAGE = 5000;

/** The artifacts table read over SQL. Holds no method that writes. */
export class PostgresArtifactReader implements ArtifactReader {
  readonly table: string;
  readonly #db: Database;
  readonly #shape: ArtifactShape;
  #ambiguous: Promise<AmbiguousIds> | undefined;

  readonly #separate: SeparateDigests | undefined;

  /** `state`: where the digests are, if that is another database than the artifacts'. */
  constructor(db: Database, shape: ArtifactShape, state?: Database) {
    this.#db = db;
    this.#separate = state && new SeparateDigests(state, db, shape);
    this.#shape = shape;
    this.table = shape.table;
  }

  async counts(filter: WorkFilter): Promise<TypeCount[]> {
    const shape = this.#shape;
    const rows = wanted(shape, filter, 1);
    const done = await this.#done(filter, 1 + rows.values.length, certainlyDone);
    const result = await this.#scan<TypeCount>(
      `select a.${shape.type.name}::text as type, count(*) as rows, count(*) filter (where ${done.sql}) as done,
         count(*) filter (where ${markedInFuture(shape)}) as future
       from ${this.#joined()} where ${rows.sql} group by 1 order by 1`,
      [...rows.values, ...done.values],
    );
    return result.rows;
  }

  ambiguousIds(): Promise<AmbiguousIds> {
    this.#ambiguous ??= findAmbiguousIds(this.#db, this.#shape);
    return this.#ambiguous;
  }

  openKeys(after: string | undefined, rows: number, filter: WorkFilter): Promise<KeyPage> {
    return this.#keys(after, rows, filter, certainlyDone);
  }

  allKeys(after: string | undefined, rows: number, filter: WorkFilter): Promise<KeyPage> {
    return this.#keys(after, rows, filter, () => ({ sql: 'false', values: [] }));
  }

  async oldestDone(
    after: OldestKey | undefined,
    limit: number,
    filter: WorkFilter & { before: Date },
  ): Promise<OldestKey[]> {
    const shape = this.#shape;
    const rows = wanted(shape, filter, 1);
    const done = shape.metadata.merges
      ? { sql: `(${certainlyDone(shape, {}, 1).sql} or ${markedInFuture(shape)})`, values: [] as unknown[] }
      : { sql: `a.${shape.metadata.name} is not null`, values: [] };
    const time = verifiedTime(shape);
    if (this.#separate !== undefined) {
      const sql = `select a.${shape.id.name}::text as id, a.${shape.type.name}::text as type, a.${shape.path.name}::text as path,
         ${time} as "verifiedAt" from ${this.#joined()} where ${rows.sql} and ${done.sql}`;
      return this.#separate.oldest({ sql, values: rows.values }, after, limit, timeText(filter.before));
    }
    const values = [...rows.values, ...done.values, timeText(filter.before), limit];
    const bounds = [`${time} < $${values.length - 1}::text`];
    if (after !== undefined) {
      values.push(after.verifiedAt, after.id);
      bounds.push(
        `(${time}, a.${shape.id.name}) > ($${values.length - 1}::text, $${values.length}::text::${shape.id.type})`,
      );
    }
    const result = await this.#scan<OldestKey>(
      `select a.${shape.id.name}::text as id, a.${shape.type.name}::text as type, ${time} as "verifiedAt" from ${this.#joined()}
       where ${rows.sql} and ${done.sql} and ${bounds.join(' and ')}
       order by ${time}, a.${shape.id.name} limit $${rows.values.length + done.values.length + 2}`,
      values,
    );
    return result.rows;
  }

  async read(ids: readonly string[], options: ReadOptions = {}): Promise<ArtifactRow[]> {
    const { id } = this.#shape;
    // Subjects of findings may be asked for that are no ids, such as a type.
    const possible = ids.filter((text) => canBeId(text, this.#shape));
    if (possible.length === 0) return [];
    const keys = options.keys ?? CHECKSUM_KEYS;
    const { rows } = await this.#db.query<RawRow>(
      `select ${rowColumns(this.#shape, keys, options.whole ?? false)}
       from ${this.#shape.table} a left join ${digestsOfPage(this.#shape)}
       where a.${id.name} = any($1::text[]::${id.type}[])`,
      [possible],
    );
    const separate = await this.#separate?.of(possible);
    const byId = new Map<string, RawRow | 'several'>();
    for (const row of rows) byId.set(row.id, byId.has(row.id) ? 'several' : row);
    return ids.flatMap((id) => {
      const row = byId.get(id);
      return row !== undefined && row !== 'several'
        ? [toArtifact({ ...row, ...separate?.get(row.id) }, keys, this.#shape)]
        : [];
    });
  }

  async *paths(): AsyncGenerator<{ id: string; type: string | null; path: string }[]> {
    const { id, type, path, table } = this.#shape;
    const text = `a.${path.name}::text`;
    let after: { id: string; path: string } | undefined;
    for (;;) {
      // By both: an id may be in several rows.
      const bound = after === undefined ? '' : `and (a.${id.name}, ${text}) > ($1::text::${id.type}, $2)`;
      const { rows }: Result<{ id: string; type: string | null; path: string }> = await this.#db.query(
        `select a.${id.name}::text as id, a.${type.name}::text as type, ${text} as path
         from ${table} a where ${text} <> '' and a.${id.name} is not null ${bound}
         order by a.${id.name}, ${text} limit ${PATHS_PAGE}`,
        after === undefined ? [] : [after.id, after.path],
      );
      if (rows.length > 0) yield rows;
      if (rows.length < PATHS_PAGE) return;
      after = rows.at(-1);
    }
  }

  async occurrences(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const key = `a.${this.#shape.id.name}::text`;
    const { rows } = await this.#scan<{ id: string; rows: number }>(
      `select ${key} as id, count(*) as rows from ${this.#shape.table} a where ${key} = any($1::text[]) group by 1`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row.rows]));
  }

  async #keys(
    after: string | undefined,
    rows: number,
    filter: WorkFilter,
    doneOf: typeof certainlyDone,
  ): Promise<KeyPage> {
    const { id, type, table } = this.#shape;
    const ambiguous = await this.ambiguousIds();
    const about = wanted(this.#shape, filter, 1);
    const done = await this.#done(filter, 1 + about.values.length, doneOf);
    const values = [...about.values, ...done.values, rows, ...(after === undefined ? [] : [after])];
    const limit = `$${about.values.length + done.values.length + 1}`;
    const bound = after === undefined ? '' : `and a.${id.name} > $${values.length}::text::${id.type}`;
    // The page is cut before anything is judged: what it costs does not depend on how many of its rows are done.
    const result = await this.#scan<ArtifactKey & { open: boolean }>(
      `select a.${id.name}::text as id, a.${type.name}::text as type, not ${done.sql} as open
       from (select * from ${table} a where ${about.sql} and a.${id.name} is not null ${bound}
         order by a.${id.name} limit ${limit}) a
       left join ${digestsOfPage(this.#shape)} order by a.${id.name}`,
      values,
    );
    const open = result.rows.filter((row) => row.open).map((row) => ({ id: row.id, type: row.type }));
    return {
      keys: open.filter((key) => !ambiguous.ids.has(key.id)),
      ambiguous: open.filter((key) => ambiguous.ids.has(key.id)),
      next: result.rows.length < rows ? undefined : result.rows.at(-1)?.id,
    };
  }

  async #done(filter: WorkFilter, firstValue: number, doneOf: typeof certainlyDone): Promise<Predicate> {
    const done = doneOf(this.#shape, filter, firstValue);
    if (this.#separate === undefined) return done;
    const moved = `a.${this.#shape.id.name}::text = any($${firstValue + done.values.length}::text[])`;
    return {
      sql: `(${done.sql} and not ${moved})`,
      values: [...done.values, await this.#separate.moved()],
    };
  }

  #joined(): string {
    return `${this.#shape.table} a left join ${digestsOf(this.#shape)}`;
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
