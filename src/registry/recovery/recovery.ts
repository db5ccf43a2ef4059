import { Failure } from '../../core/failure.js';
import { quoteName } from '../artifacts/table-name.js';
import {
  type ArtifactShape,
  type ArtifactTable,
  columnsOf,
  describeArtifacts,
} from '../artifacts/table-schema.js';
import type { Database } from '../database.js';
import type {
  ArtifactSnapshot,
  Owner,
  PersonDecision,
  RecoveryLedger,
  RecoveryReader,
  Reference,
  RowOutcome,
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

  constructor(
    private readonly db: Database,
    private readonly shape: ArtifactShape,
    private readonly columns: Columns,
    /** Where decisions are kept; drift is beside the artifacts. */
    private readonly state: Database = db,
  ) {
    this.identity = recoveryIdentity(db, shape);
  }

  async *rows(types: readonly string[], signal?: AbortSignal): AsyncGenerator<ArtifactSnapshot[]> {
    for (const type of [...types].sort()) {
      let after: string | null = null;
      for (;;) {
        signal?.throwIfAborted();
        const page: ArtifactSnapshot[] = await this.page(type, after);
        if (page.length > 0) yield page;
        if (page.length < PAGE_ROWS) break;
        after = page.at(-1)?.id ?? null;
      }
    }
  }

  async driftedFrom(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { rows } = await this.db.query<{ id: string; digests: string[] }>(
      `select artifact_id as id, pg_catalog.array_agg(distinct old_sha256) as digests from salvor.drift
       where state <> 'accepted' and artifact_id = any($1::text[]) group by 1`,
      [ids],
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

  async decisions(ids: readonly string[]): Promise<PersonDecision[]> {
    const { rows } = await this.state.query<PersonDecision>(
      `select d.artifact_id as "artifactId", d.decision, d.cid, d.detail, d.note, d.actor, d.decided_at as at
       from salvor.decisions d where d.artifact_id = any($1::text[]) and d.id > coalesce((
         select max(w.id) from salvor.decisions w
         where w.artifact_id = d.artifact_id and w.decision = 'withdraw'), 0)
       order by d.id`,
      [ids],
    );
    return rows;
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

  private async page(type: string, after: string | null): Promise<ArtifactSnapshot[]> {
    const { id, path, metadata, table, type: typeColumn } = this.shape;
    const { rows } = await this.db.query<Omit<ArtifactSnapshot, 'createdAt'> & { createdAt: string | null }>(
      `select a.${id.name}::text as id, a.${typeColumn.name}::text as type, a.${path.name}::text as path,
         ${this.columns.title} as title, ${this.columns.createdAt} as "createdAt", a.${metadata.name}::text as metadata
       from ${table} a where a.${typeColumn.name}::text = $1 and ($2::text is null or a.${id.name} > $2::${id.type})
       order by a.${id.name} limit ${PAGE_ROWS}`,
      [type, after],
    );
    return rows.map((row) => ({ ...row, createdAt: dateOf(row.createdAt) }));
  }
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value ?? '');
}

function dateOf(text: string | null): Date | null {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}

/** What recovery remembers, over SQL. */
export class PostgresRecoveryLedger implements RecoveryLedger {
  constructor(private readonly db: Database) {}

  async decide(one: Omit<PersonDecision, 'at'>): Promise<void> {
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

function jsonFor(value: unknown): string {
  return withoutNul(JSON.stringify(value));
}

/** `jsonb` holds neither NUL nor a lone surrogate, which a hostile name may; what it is for is to be read. */
function withoutNul(json: string): string {
  return json.replace(/\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '\\ufffd').replace(/\p{Cs}/gu, '\ufffd');
}
