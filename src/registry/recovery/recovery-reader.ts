import { findAmbiguousIds } from '../artifacts/ambiguous-ids.js';
import type { AmbiguousIds } from '../artifacts/artifacts-port.js';
import { quoteTableName } from '../artifacts/table-name.js';
import {
  type ArtifactShape,
  type ArtifactTable,
  columnsOf,
  describeArtifacts,
} from '../artifacts/table-schema.js';
import type { Database } from '../database.js';
import type { Queries } from '../queries.js';
import { decisionsOf, lockDecisions } from './decisions.js';
import type {
  ArtifactSnapshot,
  Owner,
  PersonDecision,
  RecoveryReader,
  Reference,
  UndoneBind,
} from './recovery-port.js';
import { readReferences, tryReferences } from './references.js';

/** Rows of a page: their metadata may be long. */
const PAGE_ROWS = 1000;

interface Columns {
  title: string;
  createdAt: string;
}

/** Opens the artifacts table for recovery. @throws Failure `registry.*` */
export async function openRecovery(
  database: Database,
  table: ArtifactTable,
  more: { titleColumn?: string | undefined; state?: Database; ledger?: Database } = {},
): Promise<PostgresRecoveryReader> {
  const shape = await describeArtifacts(database, table);
  const names = new Set((await columnsOf(database, shape.table)).map((column) => column.name));
  const optional = (name: string): string =>
    names.has(name) ? `a.${quoteTableName(name)}::text` : 'null::text';
  return new PostgresRecoveryReader(
    database,
    shape,
    {
      title: optional(more.titleColumn ?? 'title'),
      createdAt: optional('created_at'),
    },
    { state: more.state ?? database, ledger: more.ledger ?? database },
  );
}

/** What a plan is for: a registry and a table in it, without a secret. */
export function recoveryIdentity(database: Database, shape: ArtifactShape): string {
  return `${database.location} ${shape.table}`;
}

/** What recovery reads, over SQL. Holds no method that writes. */
export class PostgresRecoveryReader implements RecoveryReader {
  readonly identity: string;
  #ambiguous: Promise<AmbiguousIds> | undefined;
  readonly #db: Database;
  readonly #shape: ArtifactShape;
  readonly #columns: Columns;
  /** Where decisions are kept, and where journal and drift are. */
  readonly #homes: { state: Database; ledger: Database };

  constructor(
    db: Database,
    shape: ArtifactShape,
    columns: Columns,
    homes: { state: Database; ledger: Database },
  ) {
    this.#db = db;
    this.#shape = shape;
    this.#columns = columns;
    this.#homes = homes;
    this.identity = recoveryIdentity(db, shape);
  }

  async ambiguousIds(): Promise<{ rows: number; example: string | undefined }> {
    const { ids, rows } = await this.#ambiguousIds();
    return { rows, example: [...ids][0] };
  }

  async *rows(types: readonly string[], signal?: AbortSignal): AsyncGenerator<ArtifactSnapshot[]> {
    const { ids: ambiguous } = await this.#ambiguousIds();
    for (const type of [...types].sort()) {
      let after: string | null = null;
      for (;;) {
        signal?.throwIfAborted();
        const page: ArtifactSnapshot[] = await this.#page(type, after);
        const rows = page.filter((row) => !ambiguous.has(row.id));
        if (rows.length > 0) yield rows;
        if (page.length < PAGE_ROWS) break;
        after = page.at(-1)?.id ?? null;
      }
    }
  }

  async driftedFrom(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { rows } = await this.#homes.ledger.query<{ id: string; digests: string[] }>(
      `select artifact_id as id, pg_catalog.array_agg(distinct old_sha256) as digests from salvor.drift
       where state <> 'accepted' and old_sha256 is not null and artifact_id = any($1::text[]) and table_name in ($2, '') group by 1`,
      [ids, this.#shape.table],
    );
    return new Map(rows.map((row) => [row.id, row.digests]));
  }

  async owners(paths: readonly string[], digests: readonly string[]): Promise<Owner[]> {
    const { id, path, metadata, table } = this.#shape;
    const digest = `substring(a.${metadata.name}::text from '"file_sha256"[[:space:]]*:[[:space:]]*"([0-9a-f]{64})"')`;
    const { rows } = await this.#db.query<Owner>(
      `select a.${id.name}::text as id, a.${path.name}::text as path,
         ${digests.length > 0 ? digest : 'null::text'} as sha256 from ${table} a
       where a.${path.name}::text = any($1::text[])${digests.length > 0 ? ` or ${digest} = any($2::text[])` : ''}`,
      digests.length > 0 ? [paths, digests] : [paths],
    );
    return rows;
  }

  decisions(ids: readonly string[]): Promise<PersonDecision[]> {
    return decisionsOf(this.#homes.state, this.#shape.table, ids);
  }

  async decisionsWithin(tx: Queries, id: string): Promise<PersonDecision[]> {
    if (this.#homes.state !== this.#db) return decisionsOf(this.#homes.state, this.#shape.table, [id]);
    await lockDecisions(tx, [id]);
    return decisionsOf(tx, this.#shape.table, [id]);
  }

  async undoneBinds(ids: readonly string[]): Promise<ReadonlyMap<string, UndoneBind>> {
    const { ledger } = this.#homes;
    if (ledger === this.#db && !this.#shape.hasState) return new Map();
    const { rows } = await ledger.query<UndoneBind & { id: string }>(
      `select distinct on (u.artifact_id) u.artifact_id as id, u.actor as by, u.at, u.reason
       from salvor.journal u join salvor.journal b on b.id = u.undoes and b.action = 'bind'
       where u.artifact_id = any($1::text[]) and u.table_name in ($2, '')
         and not exists (select from salvor.journal r where r.undoes = u.id)
       order by u.artifact_id, u.id desc`,
      [ids, this.#shape.table],
    );
    return new Map(rows.map(({ id, ...undone }) => [id, undone]));
  }

  references(
    sql: string,
    limits: { timeoutMs: number; maxRows: number },
  ): Promise<ReadonlyMap<string, Reference>> {
    return readReferences(this.#db, sql, limits);
  }

  /** Runs the query of references for one row of its answer. @throws Failure what the server says of it */
  tryReferences(sql: string, timeoutMs: number): Promise<void> {
    return tryReferences(this.#db, sql, timeoutMs);
  }

  #ambiguousIds(): Promise<AmbiguousIds> {
    this.#ambiguous ??= findAmbiguousIds(this.#db, this.#shape);
    return this.#ambiguous;
  }

  async #page(type: string, after: string | null): Promise<ArtifactSnapshot[]> {
    const { id, path, metadata, table, type: typeColumn } = this.#shape;
    const { rows } = await this.#db.query<Omit<ArtifactSnapshot, 'createdAt'> & { createdAt: string | null }>(
      `select a.${id.name}::text as id, a.${typeColumn.name}::text as type, a.${path.name}::text as path,
         ${this.#columns.title} as title, ${this.#columns.createdAt} as "createdAt", a.${metadata.name}::text as metadata
       from ${table} a where a.${typeColumn.name}::text = $1 and a.${id.name} is not null and ($2::text is null or a.${id.name} > $2::text::${id.type})
       order by a.${id.name} limit ${PAGE_ROWS}`,
      [type, after],
    );
    return rows.map((row) => ({ ...row, createdAt: dateOf(row.createdAt) }));
  }
}

function dateOf(text: string | null): Date | null {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}
