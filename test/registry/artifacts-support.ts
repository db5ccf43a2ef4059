import { type Artifacts, openArtifacts } from '../../src/registry/artifacts/artifacts.js';
import type { ArtifactChange, ArtifactRow } from '../../src/registry/artifacts/artifacts-port.js';
import type { ArtifactTable } from '../../src/registry/artifacts/table-schema.js';
import { connect, type Database } from '../../src/registry/database.js';
import type { MirrorConfig } from '../../src/registry/journal/mirror.js';
import { freshDatabase } from '../support/postgres.js';

export interface Table extends AsyncDisposable {
  db: Database;
  artifacts: Artifacts;
  url: string;
}

export const PLAIN: ArtifactTable = {
  table: 'artifacts',
  columns: { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' },
};

/** A database with an artifacts table of the given DDL. */
export async function tableOf(
  ddl: string,
  config: Partial<ArtifactTable> = {},
  mirror?: MirrorConfig,
): Promise<Table> {
  const fresh = await freshDatabase();
  const db = await connect(fresh.url);
  await db.query(ddl);
  const artifacts = await openArtifacts(db, { ...PLAIN, ...config }, { mirror });
  return {
    db,
    artifacts,
    url: fresh.url,
    [Symbol.asyncDispose]: async () => {
      await db.close();
      await fresh.drop();
    },
  };
}

export const plainDdl = (metadataType = 'jsonb', idType = 'text'): string =>
  `create table artifacts (id ${idType} primary key, artifact_type text, file_path text, metadata ${metadataType})`;

/** A change of a row as it was read. */
export function changeOf(row: ArtifactRow | undefined, change: Partial<ArtifactChange> = {}): ArtifactChange {
  if (row === undefined || row.metadata.kind === 'bad') throw new Error('the row cannot be changed');
  return {
    artifactId: row.id,
    read: { path: row.path, metadata: row.metadata },
    keys: {},
    note: { action: 'test', runId: null, actor: 'tester', reason: null },
    ...change,
  };
}
