import type { Database } from '../database.js';
import { NoDrift, PostgresDrift } from '../drift/drift.js';
import type { DriftLedger } from '../drift/drift-port.js';
import { describeMirror, type MirrorConfig, type MirrorShape } from '../journal/mirror.js';
import { schemaPreamble } from '../sql-script/preamble.js';
import { ReadOnlyArtifactWriter } from '../sql-script/read-only-writer.js';
import { SqlScriptWriter } from '../sql-script/script-writer.js';
import { PostgresArtifactReader } from './artifact-reader.js';
import { PostgresArtifactWriter } from './artifact-writer.js';
import type { ArtifactReader, ArtifactWriter, RunJournal } from './artifacts-port.js';
import { type ArtifactShape, type ArtifactTable, describeArtifacts } from './table-schema.js';

/** The artifacts table, opened: what reads it, and on demand what writes to it or writes down what it would write. */
export interface Artifacts {
  readonly shape: ArtifactShape;
  readonly reader: ArtifactReader;
  writer(): ArtifactWriter & RunJournal;
  /** Replaces the file. */
  scriptWriter(path: string): SqlScriptWriter;
  /** Adds to the script; journal, digests and drift go to the database of the state. */
  readOnlyWriter(path: string): ReadOnlyArtifactWriter;
  /** What is known of drift; nothing, where Salvor's tables are not there yet. */
  readonly drift: DriftLedger;
}

/**
 * `state`: another database that holds journal, digests and drift, for a registry that is only read.
 * @throws Failure `registry.missing_table`, `registry.missing_column`, `registry.column_type`, `registry.mirror`
 */
export async function openArtifacts(
  database: Database,
  table: ArtifactTable,
  { mirror, state }: { mirror?: MirrorConfig | undefined; state?: Database | undefined } = {},
): Promise<Artifacts> {
  const found = await describeArtifacts(database, table);
  const shape = state === undefined ? found : { ...found, hasState: false };
  const mirrorShape: MirrorShape | undefined = mirror && (await describeMirror(database, mirror));
  return {
    shape,
    reader: new PostgresArtifactReader(database, shape, state),
    writer: () => new PostgresArtifactWriter(database, shape, mirrorShape),
    scriptWriter: (path) =>
      new SqlScriptWriter(path, shape, mirrorShape, shape.hasState ? '' : schemaPreamble()),
    readOnlyWriter: (path) => {
      if (state === undefined)
        throw new Error('a registry that is only read needs a database of its own for state');
      return new ReadOnlyArtifactWriter({ state, shape, mirror: mirrorShape, path });
    },
    drift:
      shape.hasState || state !== undefined
        ? new PostgresDrift(state ?? database, shape.table)
        : new NoDrift(),
  };
}
