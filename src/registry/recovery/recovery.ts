import { Failure } from '../../core/failure.js';
import { inGroups } from '../../core/groups.js';
import { timeText } from '../../core/iso-time.js';
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
import { scopeKey } from '../runs/scope-key.js';
import type {
  ArtifactSnapshot,
  NewDecision,
  Owner,
  PersonDecision,
  RecoveryLedger,
  RecoveryReader,
  Reference,
  RowOutcome,
  Seen,
  UndoneBind,
} from './recovery-port.js';

/** Rows of a page: their metadata may be long. */
const PAGE_ROWS = 1000;

/** Of a row `r` of the query of references. */
const REFERENCE_COLUMNS = `coalesce(pg_catalog.to_jsonb(r)->>'artifact_id', pg_catalog.to_jsonb(r)->>'id') as id,
  r.at as at, pg_catalog.to_jsonb(r)->>'by' as by`;

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

  async references(
    sql: string,
    limits: { timeoutMs: number; maxRows: number },
  ): Promise<ReadonlyMap<string, Reference>> {
    const rows = await this.#db.transaction(
      async (tx) => {
        await tx.query(`select pg_catalog.set_config('statement_timeout', $1, true)`, [
          String(limits.timeoutMs),
        ]);
        // On lines of their own: the query may end in a comment. A parameter makes it one statement, whatever it holds.
        const newest = `select distinct on (1) ${REFERENCE_COLUMNS} from (\n${sql.replace(/;\s*$/, '')}\n) as r order by 1, r.at desc nulls last limit $1`;
        return (await tx.query<{ id: string; at: unknown; by: unknown }>(newest, [limits.maxRows + 1])).rows;
      },
      { readOnly: true },
    );
    if (rows.length > limits.maxRows) {
      throw new Failure(
        'references.failed',
        `references.sql names more than ${limits.maxRows} artifacts: raise references.max_rows`,
      );
    }
    return new Map(rows.map((row) => [String(row.id), { at: textOf(row.at), by: textOf(row.by) }]));
  }

  /** Runs the query of references for one row of its answer. @throws Failure what the server says of it */
  async tryReferences(sql: string, timeoutMs: number): Promise<void> {
    await this.#db.transaction(
      async (tx) => {
        await tx.query(`select pg_catalog.set_config('statement_timeout', $1, true)`, [String(timeoutMs)]);
        await tx.query(
          `select ${REFERENCE_COLUMNS} from (\n${sql.replace(/;\s*$/, '')}\n) as r limit $1`,
          [1],
        );
      },
      { readOnly: true, once: true },
    );
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

function textOf(value: unknown): string {
  return value instanceof Date ? timeText(value) : String(value ?? '');
}

function dateOf(text: string | null): Date | null {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}

/** What recovery remembers, over SQL. */
export class PostgresRecoveryLedger implements RecoveryLedger {
  readonly #db: Database;
  /** The artifacts' quoted name with its schema: another table may have the same ids. */
  readonly #table: string;
  /** Whether a transaction on the artifacts is one on the decisions. */
  readonly #sharesTransactions: boolean;

  constructor(db: Database, table: string, sharesTransactions: boolean = true) {
    this.#db = db;
    this.#table = table;
    this.#sharesTransactions = sharesTransactions;
  }

  decide(one: NewDecision, seen?: Seen, tx?: Queries): Promise<string> {
    const work = async (queries: Queries): Promise<string> => {
      await lockDecisions(queries, [one.artifactId]);
      const [last] = await lastDecisions(queries, this.#table, one.artifactId);
      if (last !== undefined && isSame(last, one)) return last.id;
      if (seen !== undefined) await requireSeen(queries, this.#table, one, seen);
      const { rows } = await queries.query<{ id: string }>(
        `insert into salvor.decisions (artifact_id, decision, cid, detail, note, actor, group_id, table_name)
         values ($1, $2, $3, $4::jsonb, $5, $6, $7::uuid, $8) returning id::text as id`,
        [
          one.artifactId,
          one.decision,
          one.cid,
          jsonFor(one.detail),
          one.note,
          one.actor,
          one.groupId ?? null,
          this.#table,
        ],
      );
      return rows[0]?.id ?? '';
    };
    return tx === undefined || !this.#sharesTransactions ? this.#db.transaction(work) : work(tx);
  }

  withdraw(
    { artifactId, note, actor }: Parameters<RecoveryLedger['withdraw']>[0],
    seen?: Seen,
  ): Promise<boolean> {
    return this.#db.transaction(async (tx) => {
      await lockDecisions(tx, [artifactId]);
      if (seen !== undefined) await requireSeen(tx, this.#table, { artifactId, actor }, seen);
      const { rowCount } = await tx.query(
        `insert into salvor.decisions (artifact_id, decision, detail, note, actor, table_name)
         select $1, 'withdraw', '{}', $2, $3, $4 where (
           select d.decision from salvor.decisions d where d.artifact_id = $1 and d.table_name in ($4, '')
           order by d.id desc limit 1
         ) in ('accept', 'reject')`,
        [artifactId, note, actor, this.#table],
      );
      return rowCount === 1;
    });
  }

  async ofGroup(groupId: string): Promise<string[]> {
    const { rows } = await this.#db.query<{ id: string }>(
      `select artifact_id as id from salvor.decisions where group_id = $1::uuid and table_name in ($2, '') order by id`,
      [groupId, this.#table],
    );
    return rows.map((row) => row.id);
  }

  async remember(
    runId: string | null,
    planId: string,
    types: readonly string[],
    rows: AsyncIterable<RowOutcome> | Iterable<RowOutcome>,
  ): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await tx.query(
        `delete from salvor.recovery_rows where table_name in ($2, '') and artifact_type = any($1::text[])`,
        [types, this.#table],
      );
      for await (const batch of inGroups(rows, REMEMBERED_AT_ONCE))
        await insertOutcomes(tx, this.#table, batch, { planId, runId });
    });
  }
}

/** Rows in one statement: with at most some 20 kB each, a few megabytes of parameters. */
const REMEMBERED_AT_ONCE = 500;

async function insertOutcomes(
  tx: Queries,
  table: string,
  rows: readonly RowOutcome[],
  { planId, runId }: { planId: string; runId: string | null },
): Promise<void> {
  const column = (pick: (row: RowOutcome) => string): string[] => rows.map(pick);
  const ids = column((row) => row.artifactId);
  // What is remembered of a row under another type goes too.
  await tx.query(
    `delete from salvor.recovery_rows where table_name in ($2, '') and artifact_id = any($1::text[])`,
    [ids, table],
  );
  const { rowCount } = await tx.query(
    `insert into salvor.recovery_rows (artifact_id, artifact_type, status, plan_row, plan_id, run_id, table_name)
     select i.id, i.type, i.status, i.row::jsonb, $5::uuid, $6::uuid, $7
     from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as i(id, type, status, row)`,
    [
      ids,
      column((row) => row.artifactType),
      column((row) => row.status),
      column((row) => withoutNul(row.row)),
      planId,
      runId,
      table,
    ],
  );
  if (rowCount !== rows.length) throw new Failure('registry.unavailable', 'not every row was remembered');
}

async function decisionsOf(
  queries: Queries,
  table: string,
  ids: readonly string[],
): Promise<PersonDecision[]> {
  const { rows } = await queries.query<PersonDecision>(
    `select d.id::text as id, d.artifact_id as "artifactId", d.decision, d.cid, d.detail, d.note, d.actor,
       d.decided_at as at
     from salvor.decisions d
     where d.artifact_id = any($1::text[]) and d.table_name in ($2, '') and d.id > coalesce((
       select max(w.id) from salvor.decisions w
       where w.artifact_id = d.artifact_id and w.table_name in ($2, '') and w.decision = 'withdraw'), 0)
     order by d.id`,
    [ids, table],
  );
  return rows;
}

/** Until the transaction ends nobody else decides about these artifacts, or binds them. */
async function lockDecisions(tx: Queries, ids: readonly string[]): Promise<void> {
  // Sorted: two transactions that lock several wait for each other in one order.
  for (const id of [...ids].sort())
    await tx.query('select pg_catalog.pg_advisory_xact_lock($1)', [scopeKey('decision', id)]);
}

/** The newest decision of an artifact, of any kind. */
async function lastDecisions(queries: Queries, table: string, id: string): Promise<LastDecision[]> {
  const { rows } = await queries.query<LastDecision>(
    `select d.id::text as id, d.decision, d.cid, d.actor, d.decided_at as at
     from salvor.decisions d where d.artifact_id = $1 and d.table_name in ($2, '') order by d.id desc limit 1`,
    [id, table],
  );
  return rows;
}

interface LastDecision {
  id: string;
  decision: PersonDecision['decision'] | 'withdraw';
  cid: string | null;
  actor: string;
  at: Date;
}

function isSame(last: LastDecision, one: NewDecision): boolean {
  return last.decision === one.decision && last.cid === one.cid && last.actor === one.actor;
}

/** @throws Failure `decision.changed` when somebody decided since what was seen */
async function requireSeen(
  queries: Queries,
  table: string,
  { artifactId: id, actor }: Pick<PersonDecision, 'artifactId' | 'actor'>,
  seen: Seen,
): Promise<void> {
  const [last] = await lastDecisions(queries, table, id);
  if ('page' in seen) {
    if ((last?.id ?? null) !== seen.page) throw changedDecision(id, last);
    return;
  }
  const counting = await decisionsOf(queries, table, [id]);
  if ((counting.at(-1)?.id ?? null) === seen.plan) return;
  // One's own decisions since the plan was made are known.
  const since = counting.filter((one) => seen.plan === null || BigInt(one.id) > BigInt(seen.plan));
  const other = since.findLast((one) => one.actor !== actor || one.decision === 'unrecoverable');
  if (other !== undefined || since.length === 0) throw changedDecision(id, other ?? last);
}

function changedDecision(id: string, last: LastDecision | PersonDecision | undefined): Failure {
  const message =
    last === undefined
      ? `the decision about ${id} that this was based on is gone`
      : `${describeDecision(last)} (artifact ${id})`;
  return new Failure('decision.changed', message, {
    exitCode: 1,
    hint: 'look at the row again; `salvor recovery review withdraw ID` takes a decision back',
  });
}

const VERBS = {
  accept: 'accepted',
  reject: 'rejected',
  unrecoverable: 'marked it as unrecoverable',
  withdraw: 'withdrew the decision',
} as const;

/** `alice@host rejected candidate 1a2b… on 2026-11-28 12:00`. */
function describeDecision(one: Pick<LastDecision, 'decision' | 'cid' | 'actor' | 'at'>): string {
  const isAboutCandidates = one.decision === 'accept' || one.decision === 'reject';
  const what = !isAboutCandidates ? '' : one.cid === null ? ' every candidate' : ` candidate ${one.cid}`;
  const at = timeText(one.at).slice(0, 16).replace('T', ' ');
  return `${one.actor} ${VERBS[one.decision]}${what} on ${at}`;
}

function jsonFor(value: unknown): string {
  return withoutNul(JSON.stringify(value));
}

/** `jsonb` holds neither NUL nor a lone surrogate, which a hostile name may; what it is for is to be read. */
function withoutNul(json: string): string {
  return json.replace(/\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '\\ufffd').replace(/\p{Cs}/gu, '\ufffd');
}
