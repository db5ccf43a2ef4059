import { Failure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import { findAmbiguousIds } from '../artifacts/ambiguous-ids.js';
import type { AmbiguousIds } from '../artifacts/artifacts-port.js';
import { quoteName } from '../artifacts/table-name.js';
import {
  type ArtifactShape,
  type ArtifactTable,
  columnsOf,
  describeArtifacts,
} from '../artifacts/table-schema.js';
import type { Database } from '../database.js';
import type { Queries } from '../queries.js';
import { scopeKey } from '../runs/scope-key.js';
import type {
  ArtifactSnapshot,
  Owner,
  PersonDecision,
  RecoveryLedger,
  RecoveryReader,
  Reference,
  RowOutcome,
  UndoneBind,
} from './recovery-port.js';

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
  more: { titleColumn?: string | undefined; state?: Database } = {},
): Promise<PostgresRecoveryReader> {
  const shape = await describeArtifacts(database, table);
  const names = new Set((await columnsOf(database, shape.table)).map((column) => column.name));
  const optional = (name: string): string => (names.has(name) ? `a.${quoteName(name)}::text` : 'null::text');
  return new PostgresRecoveryReader(
    database,
    shape,
    {
      title: optional(more.titleColumn ?? 'title'),
      createdAt: optional('created_at'),
    },
    more.state ?? database,
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

  constructor(
    private readonly db: Database,
    private readonly shape: ArtifactShape,
    private readonly columns: Columns,
    /** Where decisions are kept; drift is beside the artifacts. */
    private readonly state: Database = db,
  ) {
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
        const page: ArtifactSnapshot[] = await this.page(type, after);
        const rows = page.filter((row) => !ambiguous.has(row.id));
        if (rows.length > 0) yield rows;
        if (page.length < PAGE_ROWS) break;
        after = page.at(-1)?.id ?? null;
      }
    }
  }

  async driftedFrom(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { rows } = await this.db.query<{ id: string; digests: string[] }>(
      `select artifact_id as id, pg_catalog.array_agg(distinct old_sha256) as digests from salvor.drift
       where state <> 'accepted' and artifact_id = any($1::text[]) and table_name in ($2, '') group by 1`,
      [ids, this.shape.table],
    );
    return new Map(rows.map((row) => [row.id, row.digests]));
  }

  async owners(paths: readonly string[], digests: readonly string[]): Promise<Owner[]> {
    const { id, path, metadata, table } = this.shape;
    const digest = `substring(a.${metadata.name}::text from '"file_sha256"[[:space:]]*:[[:space:]]*"([0-9a-f]{64})"')`;
    const { rows } = await this.db.query<Owner>(
      `select a.${id.name}::text as id, a.${path.name}::text as path,
         ${digests.length > 0 ? digest : 'null::text'} as sha256 from ${table} a
       where a.${path.name}::text = any($1::text[])${digests.length > 0 ? ` or ${digest} = any($2::text[])` : ''}`,
      digests.length > 0 ? [paths, digests] : [paths],
    );
    return rows;
  }

  decisions(ids: readonly string[]): Promise<PersonDecision[]> {
    return decisionsOf(this.state, ids);
  }

  async decisionsWithin(tx: Queries, id: string): Promise<PersonDecision[]> {
    if (this.state !== this.db) return decisionsOf(this.state, [id]);
    await lockDecisions(tx, [id]);
    return decisionsOf(tx, [id]);
  }

  async undoneBinds(ids: readonly string[]): Promise<ReadonlyMap<string, UndoneBind>> {
    if (!this.shape.hasState) return new Map();
    const { rows } = await this.db.query<UndoneBind & { id: string }>(
      `select distinct on (u.artifact_id) u.artifact_id as id, u.actor as by, u.at, u.reason
       from salvor.journal u join salvor.journal b on b.id = u.undoes and b.action = 'bind'
       where u.artifact_id = any($1::text[]) and not exists (select from salvor.journal r where r.undoes = u.id)
       order by u.artifact_id, u.id desc`,
      [ids],
    );
    return new Map(rows.map(({ id, ...undone }) => [id, undone]));
  }

  async references(
    sql: string,
    limits: { timeoutMs: number; maxRows: number },
  ): Promise<ReadonlyMap<string, Reference>> {
    const rows = await this.db.transaction(
      async (tx) => {
        await tx.query(`select pg_catalog.set_config('statement_timeout', $1, true)`, [
          String(limits.timeoutMs),
        ]);
        // On a line of its own: the query may end in a comment.
        const limited = `select * from (\n${sql.replace(/;\s*$/, '')}\n) as r limit ${Math.trunc(limits.maxRows)}`;
        return (await tx.query<Record<string, unknown>>(limited, [])).rows;
      },
      { readOnly: true },
    );
    const found = rows.map(
      (row) => [String(row.artifact_id ?? row.id), { at: textOf(row.at), by: textOf(row.by) }] as const,
    );
    return new Map(found);
  }

  #ambiguousIds(): Promise<AmbiguousIds> {
    this.#ambiguous ??= findAmbiguousIds(this.db, this.shape);
    return this.#ambiguous;
  }

  private async page(type: string, after: string | null): Promise<ArtifactSnapshot[]> {
    const { id, path, metadata, table, type: typeColumn } = this.shape;
    const { rows } = await this.db.query<Omit<ArtifactSnapshot, 'createdAt'> & { createdAt: string | null }>(
      `select a.${id.name}::text as id, a.${typeColumn.name}::text as type, a.${path.name}::text as path,
         ${this.columns.title} as title, ${this.columns.createdAt} as "createdAt", a.${metadata.name}::text as metadata
       from ${table} a where a.${typeColumn.name}::text = $1 and a.${id.name} is not null and ($2::text is null or a.${id.name} > $2::text::${id.type})
       order by a.${id.name} limit ${PAGE_ROWS}`,
      [type, after],
    );
    return rows.map((row) => ({ ...row, createdAt: dateOf(row.createdAt) }));
  }
}

function textOf(value: unknown): string {
  return value instanceof Date ? timeText(value) : String(value ?? '');
}

function dateOf(text: string | null): Date | null {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}

/** What recovery remembers, over SQL. */
export class PostgresRecoveryLedger implements RecoveryLedger {
  constructor(private readonly db: Database) {}

  async decide(one: Omit<PersonDecision, 'at' | 'id'>): Promise<void> {
    await this.db.query(
      `insert into salvor.decisions (artifact_id, decision, cid, detail, note, actor)
       values ($1, $2, $3, $4::jsonb, $5, $6)`,
      [one.artifactId, one.decision, one.cid, jsonFor(one.detail), one.note, one.actor],
    );
  }

  async withdraw({ artifactId, note, actor }: Parameters<RecoveryLedger['withdraw']>[0]): Promise<boolean> {
    const { rowCount } = await this.db.query(
      `insert into salvor.decisions (artifact_id, decision, detail, note, actor)
       select $1, 'withdraw', '{}', $2, $3 where (
         select d.decision from salvor.decisions d where d.artifact_id = $1 order by d.id desc limit 1
       ) in ('accept', 'reject')`,
      [artifactId, note, actor],
    );
    return rowCount === 1;
  }

  async remember(
    runId: string | null,
    planId: string,
    types: readonly string[],
    rows: readonly RowOutcome[],
  ): Promise<void> {
    const column = (pick: (row: RowOutcome) => string): string[] => rows.map(pick);
    await this.db.transaction(async (tx) => {
      await tx.query('delete from salvor.recovery_rows where artifact_type = any($1::text[])', [types]);
      const { rowCount } = await tx.query(
        `insert into salvor.recovery_rows (artifact_id, artifact_type, status, plan_row, plan_id, run_id)
         select i.id, i.type, i.status, i.row::jsonb, $5::uuid, $6::uuid
         from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as i(id, type, status, row)`,
        [
          column((row) => row.artifactId),
          column((row) => row.artifactType),
          column((row) => row.status),
          column((row) => withoutNul(row.row)),
          planId,
          runId,
        ],
      );
      if (rowCount !== rows.length) throw new Failure('registry.unavailable', 'not every row was remembered');
    });
  }
}

async function decisionsOf(queries: Queries, ids: readonly string[]): Promise<PersonDecision[]> {
  const { rows } = await queries.query<PersonDecision>(
    `select d.id::text as id, d.artifact_id as "artifactId", d.decision, d.cid, d.detail, d.note, d.actor,
       d.decided_at as at
     from salvor.decisions d where d.artifact_id = any($1::text[]) and d.id > coalesce((
       select max(w.id) from salvor.decisions w
       where w.artifact_id = d.artifact_id and w.decision = 'withdraw'), 0)
     order by d.id`,
    [ids],
  );
  return rows;
}

/** Until the transaction ends nobody else decides about these artifacts, or binds them. */
async function lockDecisions(tx: Queries, ids: readonly string[]): Promise<void> {
  // Sorted: two transactions that lock several wait for each other in one order.
  for (const id of [...ids].sort())
    await tx.query('select pg_catalog.pg_advisory_xact_lock($1)', [scopeKey('decision', id)]);
}

function jsonFor(value: unknown): string {
  return withoutNul(JSON.stringify(value));
}

/** `jsonb` holds neither NUL nor a lone surrogate, which a hostile name may; what it is for is to be read. */
function withoutNul(json: string): string {
  return json.replace(/\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '\\ufffd').replace(/\p{Cs}/gu, '\ufffd');
}
