import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { ChecksumOptions, ChecksumPorts } from '../options.js';
import { hasDigest } from '../pipeline/current-marker.js';
import { openRows } from '../pipeline/open-rows.js';
import { RowPipeline } from '../pipeline/pipeline.js';
import { READ_KEYS, readRows } from '../pipeline/read-rows.js';
import type { RowSetAside } from '../pipeline/set-aside-rows.js';
import { Stopper } from '../pipeline/stopper.js';
import type { RowReport } from '../report/results.js';
import { type Counts, Tally } from '../report/summary.js';

/** How the rows of a unit are processed: the settings of the whole run. */
export interface UnitTerms {
  kind: 'backfill' | 'scrub';
  onDrift: 'record' | 'hold';
  recheckBefore?: Date | undefined;
  stat: boolean;
}

/** The rest of a unit's result. Committed rows are already recorded when it is reported. */
export interface UnitResult {
  /** Rows that turned out to be done already, by type. */
  found_done: Record<string, number>;
  /** Rows that were skipped because their id is not unique, by type. */
  id_not_unique: Record<string, number>;
  /** Rows whose result needed no commit. */
  rows: RowReport[];
  /** Rows that no longer had a digest, or were deleted. */
  skipped: number;
  /** Bytes that this attempt read, except of unfinished files: those bytes are recorded with the files. */
  bytes: number;
  /** Rows whose file does not fit into the rest of the run; they are handed out again after those that fit. */
  set_aside: SetAsideRow[];
  /** Rows read in parts whose file was not finished. */
  unfinished: boolean;
}

/** A row whose file is to be read in parts. */
export interface SetAsideRow {
  id: string;
  type: string | null;
  /** Bytes of the file that the unit should have read but did not. */
  taken_bytes?: number;
}

/** The rows of a unit. */
export interface UnitRows {
  ids: readonly string[];
  /** Present if the files are read in parts: the limit on bytes for all of them together; null for no limit. */
  inParts?: { maxBytes: number | null };
}

/**
 * Processes one unit of a distributed run. Rows that an earlier attempt recorded must not be among its rows.
 * Returns undefined if it was asked to stop; finished rows are committed and recorded by then.
 * @throws Failure if this worker cannot process the unit; another attempt may succeed
 */
export async function processUnit(
  { ids, inParts }: UnitRows,
  terms: UnitTerms,
  options: ChecksumOptions & { maxDurationMs?: number | undefined },
  ports: ChecksumPorts,
): Promise<UnitResult | undefined> {
  const bytesBefore = ports.files.bytesRead;
  const tally = new Tally();
  const stopper = new Stopper(() => ports.files.stop());
  const unfollow = stopper.follow(ports.signal);
  let skipped = 0;
  let inPartsEnd = { isFinished: true, unfinishedBytes: 0 };
  const pipeline = new RowPipeline(options, ports, settingsOf(terms), { stopper, tally });
  try {
    await ports.files.checkRoots();
    for (let i = 0; i < ids.length && !stopper.stopped; i += options.batchRows) {
      const keys = ids.slice(i, i + options.batchRows).map((id) => ({ id }));
      const batch = await readRows(ports.artifacts, keys, READ_KEYS, tally);
      const rows = await rowsOf(batch, terms, ports, tally);
      skipped += keys.length - rows.length;
      if (inParts === undefined) await pipeline.take(rows);
      else for (const row of rows) pipeline.aside.add(row);
    }
    if (inParts !== undefined && !stopper.stopped)
      inPartsEnd = await pipeline.takeSetAside(inParts.maxBytes ?? undefined);
  } catch (error) {
    stopper.fail(error);
  } finally {
    await pipeline.drain();
    unfollow();
  }
  stopper.rethrowBug();
  if (stopper.failure) throw stopper.failure;
  if (stopper.stopped) return undefined;
  return {
    found_done: byType(tally, 'rows_already_done'),
    id_not_unique: byType(tally, 'rows_id_not_unique'),
    rows: [...pipeline.results.unrecorded],
    skipped: terms.kind === 'scrub' ? skipped : 0,
    bytes: ports.files.bytesRead - bytesBefore - inPartsEnd.unfinishedBytes,
    set_aside: inParts === undefined ? pipeline.aside.giveUp().map(setAsideRow) : [],
    unfinished: !inPartsEnd.isFinished,
  };
}

function setAsideRow({ row, takenBytes }: RowSetAside): SetAsideRow {
  return { id: row.id, type: row.type, taken_bytes: takenBytes };
}

function byType(tally: Tally, field: keyof Counts): Record<string, number> {
  return Object.fromEntries(Object.entries(tally.byType()).map(([type, counts]) => [type, counts[field]]));
}

function settingsOf({ kind, onDrift, recheckBefore }: UnitTerms) {
  if (kind === 'scrub') return { action: 'verify', onDrift: 'hold', skipsDone: false } as const;
  return { action: 'checksum', onDrift, recheckBefore, skipsDone: true } as const;
}

async function rowsOf(
  batch: readonly ArtifactRow[],
  terms: UnitTerms,
  ports: ChecksumPorts,
  tally: Tally,
): Promise<ArtifactRow[]> {
  if (terms.kind === 'backfill') return openRows(batch, terms, ports, tally);
  const now = ports.clock.now();
  return batch.filter((row) => hasDigest(row, now));
}
