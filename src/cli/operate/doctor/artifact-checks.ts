import { CHECKSUM_KEYS } from '../../../core/checksum-marker.js';
import type { Failure } from '../../../core/failure.js';
import { timeText } from '../../../core/iso-time.js';
import { counted } from '../../../core/pluralize.js';
import { openArtifacts } from '../../../registry/artifacts/artifacts.js';
import type {
  ArtifactChange,
  ArtifactReader,
  ArtifactRow,
} from '../../../registry/artifacts/artifacts-port.js';
import type { Database } from '../../../registry/database.js';
import type { MirrorConfig } from '../../../registry/journal/mirror.js';
import { type Intent, probeArtifacts } from '../../../registry/probe.js';
import { openRecovery } from '../../../registry/recovery/recovery-reader.js';
import { rolledBack } from '../../../registry/rolled-back.js';
import type { Config } from '../../config/schema.js';
import { type OpenedArtifacts, openConfiguredArtifacts, tableOf } from '../../wiring/artifacts.js';
import { registrySettings } from '../../wiring/registry-url.js';
import { broken, type Check, failed, ok, tried, warning } from './check.js';
import { digestChecks } from './digest-checks.js';
import { pathChecks } from './path-checks.js';
import { sidecarChecks } from './sidecar-checks.js';

/** Number of rows to read to find one that can be updated. */
const TRIAL_KEYS = 50;
const REFERENCES_TIMEOUT_MS = 30_000;

/** Opens the artifacts table as the jobs do, makes each of their writes on one row, and rolls it back. */
export async function artifactChecks(
  config: Config,
  flags: { registry?: string | undefined },
  state: Database,
  hasTables: boolean,
): Promise<Check[]> {
  const name = `artifacts ${config.registry?.table ?? 'artifacts'}`;
  return tried(name, async () => {
    const opened = await openConfiguredArtifacts(config, flags, state);
    try {
      const read = await readChecks(name, opened);
      if (!hasTables) return [...read, untried(name)];
      return [
        ...read,
        ...(opened.pending === undefined ? await writeChecks(name, opened, config) : scriptChecks(config)),
        ...(await tried('recorded digests', () => digestChecks(opened))),
        ...(await tried('sidecar digests', () => sidecarChecks(config, opened.reader))),
        ...(await tried('references.sql', () => referenceChecks(config, opened, state))),
        ...(await tried('file paths', () => pathChecks(config, opened.reader))),
      ];
    } finally {
      await opened.close();
    }
  });
}

function untried(name: string): Check {
  return warning(
    name,
    "updates, recorded digests and file paths were not tried, because Salvor's tables are not ready",
    'run `salvor init`, then `salvor doctor` again',
  );
}

async function readChecks(name: string, { reader, shape }: OpenedArtifacts): Promise<Check[]> {
  await reader.openKeys(undefined, TRIAL_KEYS, {});
  const { id, type, path, metadata } = shape;
  const columns = [id, type, path, metadata].map((column) => column.name).join(', ');
  const readable = ok(name, `${columns} can be read`);
  const { ids, rows } = await reader.ambiguousIds();
  if (rows === 0) return [readable];
  const [example] = ids;
  const shown = example === undefined ? '' : `, for example ${JSON.stringify(example)}`;
  return [
    readable,
    broken(
      name,
      `registry.id_not_unique: ${counted(rows, 'row has', 'rows have')} no unique ${id.name}${shown}; no job changes them`,
      'set registry.columns.id to a column with unique values',
    ),
  ];
}

async function writeChecks(name: string, opened: OpenedArtifacts, config: Config): Promise<Check[]> {
  const intent: Intent = config.recovery === undefined ? 'write' : 'write paths';
  const { rowSecurity } = registrySettings(config);
  const failures = await probeArtifacts(opened.database, opened.shape, { intent, rowSecurity });
  if (failures.length > 0) return failures.map((failure: Failure) => failed(name, failure));
  return tried(name, () => trialCheck(name, opened, config, intent === 'write paths'));
}

/** Updates one row as a job does: triggers fire, and mirror and journal get their rows. */
async function trialCheck(
  name: string,
  { database, reader }: OpenedArtifacts,
  config: Config,
  withPath: boolean,
): Promise<Check[]> {
  const row = await changeableRow(reader);
  const mirror = config.journal?.mirror as MirrorConfig | undefined;
  const takes = mirror === undefined ? '' : `, and ${mirror.table} received the copy`;
  const what = withPath ? 'metadata and path' : 'metadata';
  if (row === undefined) return [ok(name, `${what} can be updated (the table has no row to test this with)`)];
  const written = await rolledBack(database, async (within) => {
    const { writer } = await openArtifacts(within, tableOf(config), { mirror });
    return writer().commit({ changes: [trialChange(row, withPath)], held: [] });
  });
  if (written.has(row.id))
    return [ok(name, `test update of ${what} of one row succeeded and was rolled back${takes}`)];
  return [
    broken(
      name,
      `row.conflict: updating row ${row.id} had no effect`,
      'check whether another program keeps changing this row, then run salvor doctor again',
    ),
  ];
}

async function changeableRow(reader: ArtifactReader): Promise<ArtifactRow | undefined> {
  const { keys } = await reader.allKeys(undefined, TRIAL_KEYS, {});
  const rows = await reader.read(
    keys.map((key) => key.id),
    { keys: CHECKSUM_KEYS },
  );
  return rows.find((row) => row.metadata.kind === 'object');
}

function trialChange(row: ArtifactRow, withPath: boolean): ArtifactChange {
  if (row.metadata.kind === 'bad') throw new Error('the row cannot be changed');
  const now = timeText(new Date());
  const sha256 = '0'.repeat(64);
  return {
    artifactId: row.id,
    read: { path: row.path, metadata: row.metadata, recordedText: row.recordedText },
    ...(withPath ? { path: row.path } : {}),
    keys: {
      file_sha256: JSON.stringify(sha256),
      file_size_bytes: '0',
      file_sha256_computed_at: JSON.stringify(now),
    },
    note: { action: 'checksum', runId: null, actor: 'salvor doctor', reason: 'test update, rolled back' },
    digest: { path: row.path ?? '', root: '/', sizeBytes: 0, mtimeUs: 0n, sha256, computedAt: now },
  };
}

function scriptChecks(config: Config): Check[] {
  const directory = config.registry?.emit_sql;
  if (directory !== undefined)
    return [ok('scripts', `the registry is read-only: changes are written to ${directory} as SQL scripts`)];
  return [
    broken(
      'scripts',
      'the registry is read-only, and no directory is configured for the SQL with the changes',
      'set registry.emit_sql: DIRECTORY',
    ),
  ];
}

async function referenceChecks(config: Config, opened: OpenedArtifacts, state: Database): Promise<Check[]> {
  const { references } = config;
  if (references === undefined) return [];
  const recovery = await openRecovery(opened.database, tableOf(config), { state, ledger: opened.ledger });
  const timeoutMs = Math.min(references.timeout ?? REFERENCES_TIMEOUT_MS, REFERENCES_TIMEOUT_MS);
  await recovery.tryReferences(references.sql, timeoutMs);
  return [ok('references.sql', 'runs, read-only, with columns id (or artifact_id), at and by')];
}
