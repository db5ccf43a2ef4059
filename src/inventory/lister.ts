import { Failure } from '../core/failure.js';
import type { ListPage, ListRange, ObjectInfo, StoreLister } from '../objectstore/port.js';
import type { Chunk } from './chunk.js';
import type { Coverage } from './coverage.js';
import type { InventoryDatabase } from './database.js';
import { PageCollector } from './page-collector.js';
import { type InventorySource, objectsSql } from './query.js';
import { orderedSql, RowReader } from './rows.js';

export interface Loaded {
  readonly database: InventoryDatabase;
  readonly source: InventorySource;
}

export interface InventoryListerParts {
  readonly url: string;
  readonly bucket: string;
  readonly prefix: string;
  /** When the inventory was created; used as the server's time. */
  readonly createdAtMs: number;
  /** The data files, downloaded when they are first needed. */
  load(): Promise<Loaded>;
  readonly coverage: Coverage;
}

/**
 * Lists a bucket from an S3 Inventory, like a listing at the time when the inventory was created. All rows of the
 * inventory are read and sorted before the first page is returned.
 */
export class InventoryLister implements StoreLister {
  readonly url: string;
  readonly prefix: string;
  readonly #parts: InventoryListerParts;
  /** Not retried: reading the whole inventory again would fail in the same way. */
  #failure: Failure | undefined;

  constructor(parts: InventoryListerParts) {
    this.#parts = parts;
    this.url = parts.url;
    this.prefix = parts.prefix;
  }

  /** Requests to the bucket that check the coverage of the inventory; reading the inventory needs no list requests. */
  get requests(): number {
    return this.#parts.coverage.requests;
  }

  urlOf(key: string): string {
    return `s3://${this.#parts.bucket}/${key}`;
  }

  async *list(range: ListRange = {}): AsyncIterable<ListPage> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      yield* this.#pages(range);
    } catch (error) {
      if (error instanceof Failure) this.#failure = error;
      throw error;
    }
  }

  async *#pages(range: ListRange): AsyncIterable<ListPage> {
    const isWhole = range.startAfter === undefined && range.endAt === undefined;
    const reader = new RowReader();
    const collector = new PageCollector();
    const { coverage, createdAtMs: serverTimeMs } = this.#parts;
    for await (const chunk of await this.#chunks(range)) {
      const rows = reader.read(chunk);
      const [first] = rows;
      if (isWhole && collector.span === undefined && first) await coverage.requireStart(first.key);
      for (const row of rows) {
        const objects = collector.add(row);
        if (objects !== undefined) yield { objects, serverTimeMs };
      }
    }
    reader.requireEnd();
    if (isWhole) await coverage.requireEnd(collector.span);
    const rest = collector.rest();
    if (rest.length > 0) yield { objects: rest, serverTimeMs };
  }

  async #chunks(range: ListRange): Promise<AsyncIterable<Chunk>> {
    const { database, source } = await this.#parts.load();
    const conditions = ['starts_with(key, $1)'];
    const values = [this.prefix];
    for (const [bound, operator] of [
      [range.startAfter, '>'],
      [range.endAt, '<='],
    ] as const) {
      if (bound !== undefined) conditions.push(`key ${operator} $${values.push(bound)}`);
    }
    return database.query(orderedSql(objectsSql(source, conditions.join(' AND '))), values, range.signal);
  }

  /**
   * Asks the bucket itself: what it has had for long must be in the inventory. If it cannot be asked, the inventory alone
   * counts.
   */
  async lookUp(key: string): Promise<ObjectInfo | undefined> {
    return this.#parts.coverage.olderObject(key);
  }

  async children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }> {
    if (this.#failure !== undefined) throw this.#failure;
    const { database, source } = await this.#parts.load();
    const objects = objectsSql(source, 'starts_with(key, $1) AND key <> $1');
    const sql =
      "SELECT child FROM (SELECT DISTINCT CASE WHEN contains(rest, '/') THEN $1 || split_part(rest, '/', 1) || '/' ELSE key END AS child " +
      `FROM (SELECT key, substr(key, length($1) + 1) AS rest FROM (${objects}))) ORDER BY child LIMIT ${limit + 1}`;
    const found: string[] = [];
    for await (const chunk of database.query(sql, [prefix], signal)) found.push(...chunk.texts(0));
    const shown = found.slice(0, limit);
    return {
      prefixes: shown.filter((child) => child.endsWith('/') && child.length > prefix.length),
      keys: shown.filter((child) => !child.endsWith('/')),
      truncated: found.length > limit,
    };
  }
}
