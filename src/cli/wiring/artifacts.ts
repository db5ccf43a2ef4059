import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Failure, usageFailure } from '../../core/failure.js';
import { timeText } from '../../core/iso-time.js';
import { printable } from '../../core/printable.js';
import type { SidecarSource } from '../../files/sidecars/source.js';
import { type Artifacts, openArtifacts } from '../../registry/artifacts/artifacts.js';
import type { ArtifactWriter, RunJournal } from '../../registry/artifacts/artifacts-port.js';
import { connect, type Database } from '../../registry/database.js';
import type { MirrorConfig } from '../../registry/journal/mirror.js';
import { PendingChanges } from '../../registry/journal/pending.js';
import { type Intent, probeArtifacts } from '../../registry/probe.js';
import { targetOf } from '../../registry/target.js';
import type { Config } from '../config/schema.js';
import { registrySettings, registryUrl } from './registry-url.js';

/** The artifacts table and its database. */
export interface OpenedArtifacts extends Omit<Artifacts, 'writer'> {
  /** Makes a test write and rolls it back. @throws Failure `registry.*` for problems that would stop a run */
  writer(intent?: 'write' | 'write paths'): Promise<ArtifactWriter & RunJournal>;
  /** The database of the table. */
  readonly database: Database;
  /** The database of journal, digests and drift. */
  readonly ledger: Database;
  /** For a read-only registry: changes in scripts that are not in the registry yet. */
  readonly pending: PendingChanges | undefined;
  /** The SQL script to which this process has written changes. */
  script(): string | undefined;
  /** Closes the connection, if it is a separate one. */
  close(): Promise<void>;
}

const DEFAULT_COLUMNS = { id: 'id', type: 'artifact_type', path: 'file_path', metadata: 'metadata' };

/**
 * Opens the configured table, after a test read. Journal, digests and drift are in the same database as the table, because
 * a change and its journal entry are one transaction; `state.url` can name another database for the runs. For a read-only
 * registry, the server rejects writes on the connection, all of Salvor's tables are at `state.url`, and the writer writes
 * SQL to a script.
 * @throws Failure `registry.*` for problems that would stop a run
 */
export async function openConfiguredArtifacts(
  config: Config,
  flags: { registry?: string | undefined; emitSql?: string | undefined },
  state: Database,
): Promise<OpenedArtifacts> {
  const readOnly = config.registry?.mode === 'readonly';
  const own = readOnly || config.state?.url !== undefined;
  const database = own
    ? await connect(artifactsUrl(config, flags), { readOnly, ...registrySettings(config) })
    : state;
  const close = async (): Promise<void> => {
    if (own) await database.close();
  };
  try {
    const table = tableOf(config);
    const artifacts = await openArtifacts(database, table, {
      mirror: config.journal?.mirror as MirrorConfig | undefined,
      ...(readOnly ? { state } : {}),
    });
    const pending = readOnly ? new PendingChanges(state, artifacts.reader) : undefined;
    let scripted: ReturnType<Artifacts['readOnlyWriter']> | undefined;
    if (own && !readOnly && !artifacts.shape.hasState) throw notInitialised(database);
    const requireUsable = async (intent: Intent): Promise<void> => {
      const { rowSecurity } = registrySettings(config);
      const [broken] = await probeArtifacts(database, artifacts.shape, { intent, rowSecurity });
      if (broken !== undefined) throw broken;
    };
    await requireUsable('read');
    const writer = async (intent: Intent = 'write'): Promise<ArtifactWriter & RunJournal> => {
      await requireUsable(pending === undefined ? intent : 'read');
      if (pending === undefined) return artifacts.writer();
      // Changes from scripts that have been run since are not written to a script again.
      await pending.settle();
      scripted ??= artifacts.readOnlyWriter(scriptPath(config, flags));
      return scripted;
    };
    const ledger = readOnly ? state : database;
    return { ...artifacts, writer, database, ledger, pending, script: () => scripted?.script, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The path of the script of this run or decision. @throws Failure `usage.invalid` */
function scriptPath(config: Config, { emitSql }: { emitSql?: string | undefined }): string {
  if (emitSql !== undefined) return resolve(emitSql);
  const directory = config.registry?.emit_sql;
  if (directory === undefined) throw noPlaceForScripts();
  mkdirSync(directory, { recursive: true, mode: 0o750 });
  const time = timeText(new Date()).replace(/[-:]/g, '').replace('.', '');
  return join(directory, `${time}-${randomBytes(4).toString('hex')}.sql`);
}

/** Requires a file for the SQL if the registry is read-only. */
export function noPlaceForScripts(): Failure {
  return usageFailure(
    'usage.invalid',
    'registry.mode is readonly, and no file is configured for the SQL with the changes',
    'Set registry.emit_sql: DIRECTORY in salvor.yaml, or add --emit-sql FILE if the command has it. Run the script with psql.',
  );
}

/** The script with changes, if any, for a summary. */
export function scriptJson({ script }: Pick<OpenedArtifacts, 'script'>): { script?: string } {
  const path = script();
  return path === undefined ? {} : { script: path };
}

/** The message about a script with changes; empty if there were none. */
export function notYetApplied({ script }: Pick<OpenedArtifacts, 'script'>): string {
  const path = script();
  return path === undefined
    ? ''
    : `Changes written to ${printable(path)}, but not yet applied. Run the script with psql.\n`;
}

function notInitialised(database: Database): Failure {
  return new Failure(
    'registry.not_initialised',
    `registry ${database.location}: the tables for journal, digests and drift must be in the artifacts' database, but do not exist there yet`,
    {
      hint: 'run `salvor init` without state.url, or ask a DBA to run the SQL from `salvor doctor --print-sql`',
    },
  );
}

/** The scope of a run on the artifacts: registry, table and types. */
export function artifactsScope(
  config: Config,
  flags: { registry?: string | undefined },
  types?: readonly string[],
): string {
  const { location } = targetOf(artifactsUrl(config, flags));
  const table = config.registry?.table ?? 'artifacts';
  return [location, table, ...(types === undefined ? [] : [[...types].sort().join(',')])].join(' ');
}

/** The actor for the journal: the user on this host. */
export function actorHere(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}

/** The table and columns as configured. */
export function tableOf(config: Config) {
  const columns = config.registry?.columns;
  return {
    table: config.registry?.table ?? 'artifacts',
    columns: {
      id: columns?.id ?? DEFAULT_COLUMNS.id,
      type: columns?.type ?? DEFAULT_COLUMNS.type,
      path: columns?.path ?? DEFAULT_COLUMNS.path,
      metadata: columns?.metadata ?? DEFAULT_COLUMNS.metadata,
    },
    guard: config.registry?.guard,
    digests: config.registry?.digests,
  };
}

/** The configured sidecar files with digests. */
export function sidecarsOf({ registry }: Config): SidecarSource[] {
  return (registry?.digests ?? []).flatMap(({ sidecar, algorithm, types }) =>
    sidecar === undefined ? [] : [{ sidecar, algorithm, types }],
  );
}

/**
 * The database with journal, digests and drift, for queries that do not need the artifacts table. With `state.url` it is a
 * different database than that of the runs, and the caller closes the connection.
 */
export async function artifactsDatabase(
  config: Config,
  flags: { registry?: string | undefined },
  state: Database,
): Promise<{ database: Database; close(): Promise<void> }> {
  if (config.registry?.mode === 'readonly' || config.state?.url === undefined) {
    return { database: state, close: async () => undefined };
  }
  const database = await connect(artifactsUrl(config, flags), { readOnly: true });
  return { database, close: () => database.close() };
}

function artifactsUrl(config: Config, flags: { registry?: string | undefined }): string {
  return registryUrl(flags.registry, config.registry?.url);
}
