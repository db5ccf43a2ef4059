import { closeSync, openSync, writeSync } from 'node:fs';
import { Failure, usageFailure } from '../../core/failure.js';
import type { Files } from '../../files/port.js';
import { openFiles } from '../../files/thread-pool.js';
import type { ChecksumOptions, ChecksumPorts, ResidualRow } from '../../jobs/checksums/options.js';
import { lookBack } from '../../jobs/checksums/pipeline/look-back.js';
import type { ChecksumOutcome } from '../../jobs/checksums/pipeline/outcome.js';
import { parseWindow } from '../../jobs/checksums/pipeline/window.js';
import type { BackfillSummary } from '../../jobs/checksums/report/summary.js';
import { DatabaseClock } from '../../queue/database-clock.js';
import type { ArtifactRow, ArtifactWriter, RunJournal } from '../../registry/artifacts/artifacts-port.js';
import { PostgresPartialReads } from '../../registry/partial-reads.js';
import { partialProgress } from '../../registry/queries/partial-progress.js';
import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';
import type { JobContext, LedgerTerms } from '../job/spec.js';
import {
  actorHere,
  artifactsScope,
  noPlaceForScripts,
  type OpenedArtifacts,
  openConfiguredArtifacts,
  sidecarsOf,
} from '../wiring/artifacts.js';
import type { ChecksumFlags } from './flags.js';
import { partialSummary } from './partial-summary.js';

const BATCH_ROWS = 500;
const COMMIT_EVERY_MS = 5000;

/** Options that both commands share; checked before anything is touched. @throws Failure `usage.*`, `config.*` */
export function checksumOptions(flags: ChecksumFlags, config: Config): Omit<ChecksumOptions, 'runId'> {
  const { checksums } = config;
  requireRoots(config);
  requireMode(flags, config);
  const window = flags.window ?? checksums?.window;
  const zone = flags.timezone ?? checksums?.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    actor: actorHere(),
    types: flags.type,
    batchRows: atLeastOne('--batch-rows', flags.batchRows ?? checksums?.batch_rows ?? BATCH_ROWS),
    commitEveryMs: COMMIT_EVERY_MS,
    maxDrift: flags.maxDrift ?? checksums?.max_drift ?? 0,
    maxErrors: flags.maxErrors ?? checksums?.max_errors ?? 0,
    window: window === undefined ? undefined : parseWindow(window, zone),
    wait: flags.wait ?? false,
    bytesPerSecond: flags.rate ?? checksums?.rate,
  };
}

/** The shared options that are recorded in the run's row. */
export function keptOptions(
  flags: ChecksumFlags,
  { types, maxDrift, maxErrors, window }: Omit<ChecksumOptions, 'runId'>,
): Record<string, unknown> {
  return {
    types,
    dry_run: flags.dryRun ?? false,
    max_drift: maxDrift,
    max_errors: maxErrors,
    window: window?.text,
    emit_sql: flags.emitSql,
    distribute: flags.distribute,
  };
}

/**
 * A run covers only the rows that get a result, even if it finishes: a backfill skips rows that are done, and a scrub rows
 * that were never hashed. Those rows are checked at the end. With --type it shares the findings of all types.
 */
export function checksumLedger(flags: ChecksumFlags & GlobalOptions, config: Config): LedgerTerms {
  return { scope: artifactsScope(config, flags), covers: flags.dryRun === true ? 'nothing' : 'examined' };
}

/** Runs the job, then checks the rows with open findings that it did not read. */
export async function lookingBack<S extends BackfillSummary>(
  context: JobContext,
  ports: Pick<ChecksumPorts, 'artifacts' | 'clock' | 'writes'>,
  options: { kind: 'backfill' | 'scrub'; types?: readonly string[] | undefined; stat?: boolean },
  job: Promise<ChecksumOutcome<S>>,
): Promise<ChecksumOutcome<S>> {
  const outcome = await job;
  const { run, unexamined, emit } = context;
  if (run === undefined || !ports.writes || (outcome.exitCode !== 0 && outcome.exitCode !== 1))
    return outcome;
  const open = (subjects: readonly string[]) => run.findings.open(subjects);
  const { types, stat } = options;
  const toTheEnd = outcome.summary.stopped_by === null;
  const seen = {
    statted: ({ type }: ArtifactRow): boolean =>
      stat === true && toTheEnd && (types === undefined || (type !== null && types.includes(type))),
    wentThrough: (type: string | undefined): boolean =>
      toTheEnd && (types === undefined || (type !== undefined && types.includes(type))),
  };
  await lookBack(options.kind, seen, {
    artifacts: ports.artifacts,
    unexamined,
    open,
    emit,
    clock: ports.clock,
  });
  return outcome;
}

/** Why the results of the run are not in the registry. */
export function unwrittenOf(
  flags: ChecksumFlags,
  config: Config,
): 'dry run' | 'script' | 'pending' | undefined {
  if (flags.dryRun) return 'dry run';
  if (config.registry?.mode === 'readonly') return 'pending';
  return flags.emitSql === undefined ? undefined : 'script';
}

/** Opens files and table, hands the ports to the job, and closes them in reverse. */
export async function withChecksumPorts<T extends { summary: BackfillSummary }>(
  context: JobContext,
  flags: ChecksumFlags & GlobalOptions,
  loaded: LoadedConfig,
  job: (ports: ChecksumPorts) => Promise<T>,
): Promise<T> {
  const { config } = loaded;
  const files = await openConfiguredFiles(flags, config);
  const residual = flags.residual === undefined ? undefined : new ResidualFile(flags.residual);
  let artifacts: OpenedArtifacts | undefined;
  let script: ReturnType<OpenedArtifacts['scriptWriter']> | undefined;
  try {
    if (context.registry === undefined) throw new Error('the job runs without its registry');
    artifacts = await openConfiguredArtifacts(config, flags, context.registry.database);
    const readOnly = config.registry?.mode === 'readonly';
    script = flags.emitSql === undefined || readOnly ? undefined : artifacts.scriptWriter(flags.emitSql);
    const writer = script ?? (flags.dryRun ? writesNothing : await artifacts.writer());
    const outcome = await job({
      artifacts: artifacts.reader,
      writer,
      noteVerified: (run) => writer.noteVerified(run),
      writes: script === undefined && flags.dryRun !== true,
      drift: artifacts.drift,
      files,
      parts:
        script === undefined && flags.dryRun !== true
          ? new PostgresPartialReads(artifacts.ledger, artifacts.shape.table)
          : undefined,
      clock: await DatabaseClock.set(artifacts.database),
      emit: context.emit,
      signal: context.signal,
      residual: residual && ((row) => residual.write(row)),
    });
    const written = artifacts.script();
    const summary = await withProgress(outcome.summary, artifacts);
    return { ...outcome, summary: written === undefined ? summary : { ...summary, script: written } };
  } finally {
    script?.close();
    await artifacts?.close();
    residual?.close();
    await files.close();
  }
}

/** Adds to the summary the progress of files that take more than one run. */
export async function withProgress<S extends BackfillSummary>(
  summary: S,
  { ledger, shape }: Pick<OpenedArtifacts, 'ledger' | 'shape'>,
): Promise<S> {
  if (summary.rows_partial === 0) return summary;
  try {
    const progress = await partialProgress(ledger, shape.table);
    return progress === undefined ? summary : { ...summary, partial_progress: partialSummary(progress) };
  } catch (error) {
    // If the registry is unreachable by now, the run has already reported it.
    if (error instanceof Failure) return summary;
    throw error;
  }
}

function openConfiguredFiles(flags: ChecksumFlags, config: Config): Promise<Files> {
  return openFiles({
    roots: config.roots ?? [],
    threads: flags.threads === undefined ? config.checksums?.threads : atLeastOne('--threads', flags.threads),
    bytesPerSecond: flags.rate ?? config.checksums?.rate,
    sidecars: sidecarsOf(config),
  });
}

/** Treats changes that would be written as written. */
const writesNothing: ArtifactWriter & RunJournal = {
  commit: async ({ changes }) => new Set(changes.map((change) => change.artifactId)),
  noteVerified: async () => undefined,
};

/** `--residual`: written while rows are found, so that a stopped run has written the rows so far. */
export class ResidualFile {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'w', 0o640);
  }

  write(row: ResidualRow): void {
    writeSync(this.#file, `${JSON.stringify(row)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function requireRoots(config: Config): void {
  if ((config.roots ?? []).length > 0) return;
  throw usageFailure(
    'config.nothing_to_do',
    'no roots are configured, so no file can be found',
    'add roots: [{ path: /directory }] to salvor.yaml',
  );
}

function requireMode(flags: ChecksumFlags, config: Config): void {
  const readOnly = config.registry?.mode === 'readonly';
  const hasPlace = flags.emitSql !== undefined || config.registry?.emit_sql !== undefined;
  if (readOnly && !hasPlace && flags.dryRun !== true) throw noPlaceForScripts();
  if (flags.emitSql !== undefined && flags.dryRun === true) {
    throw usageFailure('usage.invalid', '--emit-sql and --dry-run cannot be combined');
  }
}

function atLeastOne(name: string, value: number): number {
  if (value >= 1) return value;
  throw usageFailure('usage.invalid', `${name} must be at least 1`);
}
