import { appendFileSync, closeSync, fsyncSync, openSync } from 'node:fs';
import { groupsOf, stateStatements } from '../artifacts/artifact-writer.js';
import type { ArtifactWriter, Commit, RunJournal, VerifiedRun } from '../artifacts/artifacts-port.js';
import type { ArtifactShape } from '../artifacts/table-schema.js';
import { changeStatement, signatureOf } from '../artifacts/update-statement.js';
import { verifiedRunStatement } from '../artifacts/verified-statement.js';
import type { MirrorShape } from '../journal/mirror.js';
import { asScript } from './literals.js';

export const SCRIPT_HEAD = `-- Written by salvor, to be run with psql by a person who may write to the registry.
-- Each transaction changes only rows that are still as they were read, and journals what it changed.
-- Running it again changes nothing.
\\set ON_ERROR_STOP on
set standard_conforming_strings = on;
set client_encoding = 'UTF8';
`;

/**
 * Writes down what `PostgresArtifactWriter` would do, as SQL: the same statements with their values in place. What it
 * says is as if every condition held, because only the database will know.
 */
export class SqlScriptWriter implements ArtifactWriter, RunJournal {
  readonly #shape: ArtifactShape;
  readonly #mirror: MirrorShape | undefined;
  readonly #file: number;

  /** Replaces the file. `preamble` comes first: Salvor's own tables, where the database lacks them. */
  constructor(path: string, shape: ArtifactShape, mirror?: MirrorShape, preamble = '') {
    this.#shape = shape;
    this.#mirror = mirror;
    this.#file = openSync(path, 'w', 0o640);
    appendFileSync(this.#file, SCRIPT_HEAD + preamble);
  }

  async commit(commit: Commit): Promise<ReadonlySet<string>> {
    const parts = groupsOf(commit.changes, (change) => signatureOf(this.#shape, change)).map((group) =>
      asScript(changeStatement(this.#shape, group, { mirror: this.#mirror })),
    );
    const changed = new Set(commit.changes.map((change) => change.artifactId));
    parts.push(...stateStatements(this.#shape, commit, changed).map(asScript));
    appendFileSync(this.#file, `\nbegin;\n${guarded(this.#shape, commit, parts.join('\n'))}commit;\n`);
    return changed;
  }

  async noteVerified(run: VerifiedRun): Promise<void> {
    appendFileSync(this.#file, `\n${asScript(verifiedRunStatement(this.#shape, run))}`);
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }
}

/** `body` between what notes the guarded columns and what raises an error when they changed. */
export function guarded({ guard, table, id }: ArtifactShape, commit: Commit, body: string): string {
  if (guard.length === 0 || commit.changes.length === 0) return body;
  const rows = (condition: string): string =>
    `select a.${id.name}::text as id, row(${guard.map((name) => `a.${name}`).join(', ')})::text as guarded
from ${table} a where ${condition}`;
  const ids = asScript({
    text: `a.${id.name} = any($1::text[]::${id.type}[])`,
    values: [commit.changes.map((change) => change.artifactId)],
  }).replace(/;\n$/, '');
  const changed = `exists (select from salvor_guard g join (${rows('true')}) n using (id) where n.guarded is distinct from g.guarded)`;
  return `create temporary table salvor_guard on commit drop as ${rows(ids)};
${body}
set constraints all immediate;
do $check$ begin
  if ${changed} then raise exception 'row.side_effect: an update would have changed a guarded column'; end if;
end $check$;
`;
}
