import type { ArtifactReader } from '../artifacts/artifacts-port.js';
import type { Database } from '../database.js';
import type { Queries } from '../queries.js';
import { readJournalValues, sameJson } from './journal-values.js';
import { keysOf } from './undo-plan.js';

/** Changes that are in a script and not seen in the registry yet. */
export interface PendingScript {
  script: string;
  changes: number;
  writtenAt: Date;
}

export interface Settled {
  applied: number;
  /** A newer change of the same row was applied in its place. */
  superseded: number;
  pending: number;
}

const PAGE = 500;

interface Row {
  id: string;
  artifactId: string;
  before: string;
  after: string;
}

/** What was written to scripts for a registry that is only read, and what of it a person has run. */
export class PendingChanges {
  readonly #state: Database;
  readonly #artifacts: ArtifactReader;

  constructor(state: Database, artifacts: ArtifactReader) {
    this.#state = state;
    this.#artifacts = artifacts;
  }

  /** By script, the oldest first. */
  async list(): Promise<PendingScript[]> {
    const { rows } = await this.#state.query<PendingScript>(
      `select p.script, count(*) as changes, min(p.written_at) as "writtenAt"
       from salvor.pending_changes p join salvor.journal j on j.id = p.journal_id
       where p.settled_at is null and j.table_name = $1 group by 1 order by 3, 1`,
      [this.#artifacts.table],
    );
    return rows;
  }

  /** Looks at the rows of all pending changes, and notes what the registry holds by now. */
  async settle(): Promise<Settled> {
    const applied: string[] = [];
    let pending = 0;
    for (let after = '0'; ; ) {
      const page = await this.#page(after);
      const held = await this.#held(page);
      applied.push(...held);
      pending += page.length - held.length;
      after = page.at(-1)?.id ?? after;
      if (page.length < PAGE) break;
    }
    if (applied.length === 0) return { applied: 0, superseded: 0, pending };
    const superseded = await this.#note(applied);
    return { applied: applied.length, superseded, pending: pending - superseded };
  }

  async #page(after: string): Promise<Row[]> {
    const { rows } = await this.#state.query<Row>(
      `select j.id::text as id, j.artifact_id as "artifactId", j.before::text as before, j.after::text as after
       from salvor.pending_changes p join salvor.journal j on j.id = p.journal_id
       where p.settled_at is null and j.table_name = $1 and j.id > $2::bigint order by j.id limit ${PAGE}`,
      [this.#artifacts.table, after],
    );
    return rows;
  }

  async #held(page: readonly Row[]): Promise<string[]> {
    if (page.length === 0) return [];
    const keys = [...new Set(page.flatMap(keysOf))];
    const ids = [...new Set(page.map((row) => row.artifactId))];
    const rows = new Map((await this.#artifacts.read(ids, { keys })).map((row) => [row.id, row]));
    return page
      .filter((entry) => {
        const row = rows.get(entry.artifactId);
        if (row === undefined || row.metadata.kind === 'bad') return false;
        const { path, metadata } = readJournalValues(entry.after);
        const found = row.metadata.keys;
        const holds = keysOf(entry).every((key) => sameJson(found[key] ?? null, metadata?.keys[key] ?? null));
        return holds && (path === undefined || path === row.path);
      })
      .map((entry) => entry.id);
  }

  async #note(applied: readonly string[]): Promise<number> {
    return this.#state.transaction(async (tx) => {
      await tx.query(
        `update salvor.pending_changes set settled_at = now(), outcome = 'applied'
         where journal_id = any($1::bigint[]) and settled_at is null`,
        [applied],
      );
      const { rowCount } = await tx.query(
        `update salvor.pending_changes p set settled_at = now(), outcome = 'superseded'
         from salvor.journal j, salvor.journal n
         where j.id = p.journal_id and p.settled_at is null and n.id = any($1::bigint[]) and n.id > j.id
           and n.artifact_id = j.artifact_id and n.table_name = j.table_name`,
        [applied],
      );
      return rowCount;
    });
  }
}

/** Notes within a transaction that these journal entries tell of changes that are only in a script. */
export async function notePending(tx: Queries, entries: readonly string[], script: string): Promise<void> {
  await tx.query(
    'insert into salvor.pending_changes (journal_id, script) select id, $2 from unnest($1::bigint[]) as i(id)',
    [entries, script],
  );
}
