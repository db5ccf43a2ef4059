import { Failure } from '../../core/failure.js';
import type { Database } from '../database.js';
import { decideInTransaction } from '../drift/decide-in-transaction.js';
import { driftStatements } from '../drift/drift-statement.js';
import type { MirrorShape } from '../journal/mirror.js';
import { forgetStatement } from '../partial-reads.js';
import { sqlState } from '../pg-errors.js';
import type { Queries } from '../queries.js';
import type { Statement } from '../sql-script/statement.js';
import type { ArtifactChange, ArtifactWriter, Commit, RunJournal, VerifiedRun } from './artifacts-port.js';
import { OthersTouched, readGuard, requireGuardUnchanged } from './guard.js';
import { sideEffect } from './side-effect.js';
import type { ArtifactShape } from './table-schema.js';
import { changeStatement, discardedStatement, signatureOf } from './update-statement.js';
import { returnedStatement, verifiedRunStatement, verifiedStatement } from './verified-statement.js';

/** Changes artifacts over SQL: the only thing in Salvor that does. */
export class PostgresArtifactWriter implements ArtifactWriter, RunJournal {
  readonly #db: Database;
  readonly #shape: ArtifactShape;
  readonly #mirror: MirrorShape | undefined;

  constructor(db: Database, shape: ArtifactShape, mirror?: MirrorShape) {
    this.#db = db;
    this.#shape = shape;
    this.#mirror = mirror;
  }

  async commit(commit: Commit): Promise<ReadonlySet<string>> {
    requireOneChangeEach(commit.changes);
    let watched: readonly string[] = [];
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#transaction(commit, watched);
      } catch (error) {
        if (!(error instanceof OthersTouched)) throw refusalOf(error) ?? error;
        if (attempt === MAX_ATTEMPTS) throw await sideEffect(this.#db, this.#shape.table, idsOf(commit));
        watched = error.ids;
      }
    }
  }

  async noteVerified(run: VerifiedRun): Promise<void> {
    const { text, values } = verifiedRunStatement(this.#shape, run);
    await this.#db.query(text, values);
  }

  /** `watched`: rows that are not to be changed, and that a trigger was seen to change. */
  #transaction(commit: Commit, watched: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#db.transaction(async (tx) => {
      const before = await readGuard(tx, this.#shape, idsOf(commit), watched);
      const changed = await this.#change(tx, commit);
      for (const { text, values } of stateStatements(this.#shape, commit, changed))
        await tx.query(text, values);
      await decideInTransaction(tx, this.#shape.table, commit, changed);
      if (before !== undefined) await requireGuardUnchanged(tx, this.#shape, before, changed);
      await commit.alongside?.(tx, changed);
      return changed;
    });
  }

  async #change(tx: Queries, { changes, decision }: Commit): Promise<Set<string>> {
    const changed = new Set<string>();
    for (const group of groupsOf(changes, (change) => signatureOf(this.#shape, change))) {
      const { text, values } = changeStatement(this.#shape, group, { mirror: this.#mirror, decision });
      const { rows } = await tx.query<{ id: string; asWritten: boolean }>(text, values);
      for (const row of rows) changed.add(row.id);
      const altered = rows.filter((row) => !row.asWritten).map((row) => row.id);
      const untouched = group.filter((change) => !changed.has(change.artifactId));
      const spoiled = [...altered, ...(await this.#discarded(tx, untouched))];
      if (spoiled.length > 0) throw await sideEffect(tx, this.#shape.table, spoiled);
    }
    return changed;
  }

  async #discarded(tx: Queries, untouched: readonly ArtifactChange[]): Promise<string[]> {
    if (untouched.length === 0) return [];
    const { text, values } = discardedStatement(this.#shape, untouched);
    const { rows } = await tx.query<{ id: string }>(text, values);
    return rows.map((row) => row.id);
  }
}

/** A trigger that touches other rows each time, whatever it was seen to touch before, is not followed any further. */
const MAX_ATTEMPTS = 4;

function idsOf({ changes }: Commit): string[] {
  return changes.map((change) => change.artifactId);
}

/** The statements with which a commit updates Salvor's own tables. `changed`: the artifacts that the commit changed. */
export function stateStatements(
  shape: ArtifactShape,
  commit: Commit,
  changed: ReadonlySet<string>,
): Statement[] {
  const { changes, verified = [], confirmed = [], partsRead = [] } = commit;
  const asked = new Set(changes.map((change) => change.artifactId));
  const settled = confirmed.filter(({ artifactId: id }) => changed.has(id) || !asked.has(id));
  return [
    ...(verified.length > 0 ? [verifiedStatement(shape, verified)] : []),
    ...(settled.length > 0 ? [returnedStatement(shape, settled)] : []),
    ...(partsRead.length > 0 ? [forgetStatement(shape.table, partsRead)] : []),
    ...driftStatements(shape.table, commit),
  ];
}

/** SQLSTATE classes by which data, constraints, triggers and views of the user's say no to a row. */
const REFUSALS = ['22', '23', '27', '44', 'P0'];

function refusalOf(error: unknown): Failure | undefined {
  const state = sqlState(error);
  if (state === undefined || !REFUSALS.includes(state.slice(0, 2))) return undefined;
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure('row.refused', `the database refuses the change: ${reason}`, {
    hint: 'see the constraints and triggers of the artifacts table',
    cause: error,
  });
}

function requireOneChangeEach(changes: readonly ArtifactChange[]): void {
  const ids = new Set(changes.map((change) => change.artifactId));
  if (ids.size !== changes.length) throw new Error('an artifact is changed twice in one commit');
}

/** In order of first appearance. */
export function groupsOf<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
