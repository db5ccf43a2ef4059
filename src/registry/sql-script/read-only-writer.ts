import { appendFileSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { groupsOf, stateStatements } from '../artifacts/artifact-writer.js';
import type { ArtifactWriter, Commit, RunJournal, VerifiedRun } from '../artifacts/artifacts-port.js';
import type { ArtifactShape } from '../artifacts/table-schema.js';
import { changeStatement, signatureOf } from '../artifacts/update-statement.js';
import { verifiedRunStatement } from '../artifacts/verified-statement.js';
import type { Database } from '../database.js';
import { decideInTransaction } from '../drift/decide-in-transaction.js';
import type { MirrorShape } from '../journal/mirror.js';
import { notePending } from '../journal/pending.js';
import { asScript } from './literals.js';
import { guarded, SCRIPT_HEAD } from './script-writer.js';

export interface ReadOnlyParts {
  /** Where Salvor's own tables are; never the registry that is only read. */
  state: Database;
  shape: ArtifactShape;
  mirror: MirrorShape | undefined;
  /** The script; made when the first change is written. */
  path: string;
}

/**
 * Changes artifacts of a registry that is only read: the updates (and the mirror) go to a script for a person to run,
 * journal, digests and drift to Salvor's own database, where the entries are pending until the registry is seen to
 * hold them. Each statement of the script is conditional on what was read, so that scripts can be run in any order,
 * and twice.
 */
export class ReadOnlyArtifactWriter implements ArtifactWriter, RunJournal {
  readonly #parts: ReadOnlyParts;
  #isBegun = false;

  constructor(parts: ReadOnlyParts) {
    this.#parts = parts;
  }

  /** The script that has at least one change. */
  get script(): string | undefined {
    return this.#isBegun ? this.#parts.path : undefined;
  }

  async commit(commit: Commit): Promise<ReadonlySet<string>> {
    const { shape, mirror, state, path } = this.#parts;
    const groups = groupsOf(commit.changes, (change) => signatureOf(shape, change));
    const all = new Set(commit.changes.map((change) => change.artifactId));
    // First what says that there is something to run: a script that nobody knows of would be a change without a journal.
    await state.transaction(async (tx) => {
      for (const group of groups) {
        const { text, values } = changeStatement(shape, group, { decision: commit.decision, part: 'state' });
        const { rows } = await tx.query<{ entry: string }>(text, values);
        await notePending(
          tx,
          rows.map((row) => row.entry),
          path,
        );
      }
      for (const { text, values } of stateStatements(shape, commit, all)) await tx.query(text, values);
      await decideInTransaction(tx, shape.table, commit, all);
      await commit.alongside?.(tx, all);
    });
    if (groups.length > 0) {
      const updates = groups.map((group) =>
        asScript(changeStatement(shape, group, { mirror, part: 'artifacts' })),
      );
      this.#append(`\nbegin;\n${guarded(shape, commit, updates.join('\n'))}commit;\n`);
    }
    return all;
  }

  async noteVerified(run: VerifiedRun): Promise<void> {
    const { text, values } = verifiedRunStatement(this.#parts.shape, run);
    await this.#parts.state.query(text, values);
  }

  #append(text: string): void {
    const file = openSync(this.#parts.path, 'a', 0o640);
    try {
      appendFileSync(file, this.#isBegun ? text : SCRIPT_HEAD + text);
      fsyncSync(file);
      this.#isBegun = true;
    } finally {
      closeSync(file);
    }
  }
}
