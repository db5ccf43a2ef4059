import { Failure } from '../../core/failure.js';
import { inGroups } from '../../core/groups.js';
import type { Database } from '../database.js';
import type { Queries } from '../queries.js';
import { type LastDecision, lastDecision, lockDecisions, requireSeen } from './decisions.js';
import type { NewDecision, RecoveryLedger, RowOutcome, Seen } from './recovery-port.js';

/** Rows in one statement: with at most some 20 kB each, a few megabytes of parameters. */
const REMEMBERED_AT_ONCE = 500;

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
      const last = await lastDecision(queries, this.#table, one.artifactId);
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

function isSame(last: LastDecision, one: NewDecision): boolean {
  return last.decision === one.decision && last.cid === one.cid && last.actor === one.actor;
}

function jsonFor(value: unknown): string {
  return withoutNul(JSON.stringify(value));
}

/** `jsonb` holds neither NUL nor a lone surrogate, which a hostile name may; what it is for is to be read. */
function withoutNul(json: string): string {
  return json.replace(/\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '\\ufffd').replace(/\p{Cs}/gu, '\ufffd');
}
