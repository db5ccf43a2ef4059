import { SqlScriptWriter } from './artifacts-emit.js';
import { describeMirror, type MirrorConfig, type MirrorShape } from './artifacts-mirror.js';
import type { ArtifactReader, ArtifactWriter } from './artifacts-port.js';
import { PostgresArtifactReader } from './artifacts-reader.js';
import { type ArtifactShape, type ArtifactTable, describeArtifacts } from './artifacts-shape.js';
import { PostgresArtifactWriter } from './artifacts-writer.js';
import type { Database } from './database.js';

/** The artifacts table, opened: what reads it, and on demand what writes to it or writes down what it would write. */
export interface Artifacts {
  readonly shape: ArtifactShape;
  readonly reader: ArtifactReader;
  writer(): ArtifactWriter;
  scriptWriter(path: string, preamble?: string): SqlScriptWriter;
}

/** @throws Failure `registry.missing_table`, `registry.missing_column`, `registry.column_type`, `registry.mirror` */
export async function openArtifacts(
  database: Database,
  table: ArtifactTable,
  mirror?: MirrorConfig,
): Promise<Artifacts> {
  const shape = await describeArtifacts(database, table);
  const mirrorShape: MirrorShape | undefined = mirror && (await describeMirror(database, mirror));
  return {
    shape,
    reader: new PostgresArtifactReader(database, shape),
    writer: () => new PostgresArtifactWriter(database, shape, mirrorShape),
    scriptWriter: (path, preamble) => new SqlScriptWriter(path, shape, mirrorShape, preamble),
  };
}
