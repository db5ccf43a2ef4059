import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { ChecksumOptions, ChecksumPorts } from '../options.js';
import { hasDigest } from '../pipeline/current-marker.js';
import { openRows } from '../pipeline/open-rows.js';
import { RowPipeline } from '../pipeline/pipeline.js';
import { READ_KEYS, readRows } from '../pipeline/read-rows.js';
import { Stopper } from '../pipeline/stopper.js';
import type { RowReport } from '../report/results.js';
import { type Counts, Tally } from '../report/summary.js';

/** What is done with the rows of a unit: what the whole run would do with them. */
export interface UnitTerms {
  kind: 'backfill' | 'scrub';
  onDrift: 'record' | 'hold';
  recheckBefore?: Date | undefined;
  stat: boolean;
}

/** What remains to be told at the end of a unit; the rows that were committed are recorded by then. */
export interface UnitResult {
  /** Rows that turned out to be done, by type. */
  found_done: Record<string, number>;
  /** Rows that were left alone because their id is not theirs alone, by type. */
  id_not_unique: Record<string, number>;
  /** Rows whose result came without a commit. */
  rows: RowReport[];
  /** Rows that had no digest any more, or were gone. */
  skipped: number;
  /** Read by this attempt, without what was read of files that are not finished: that is kept with them. */
  bytes: number;
  /** Rows whose file does not fit into the rest of the run: handed out again, after what fits. */
  set_aside: SetAsideRow[];
  /** Read in parts, and not to the end of every file. */
  unfinished: boolean;
}

/** A row whose file is to be read in parts. */
export interface SetAsideRow {
  id: string;
  type: string | null;
  /** What its unit was to read of it, and did not. */
  taken_bytes?: number;
}

/** The rows of a unit. */
export interface UnitRows {
  ids: readonly string[];
  /** Their files are read in parts, together no more than this; null for no limit. */
  inParts?: { maxBytes: number | null };
}

/**
 * Does the part of a shared run that these rows are. A row that an earlier attempt has recorded must not be among them.
 * Undefined: it was asked to stop; what was finished is committed and recorded.
 * @throws Failure what keeps this worker from it; another attempt may succeed
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
      else for (const row of rows) pipeline.setAside(row);
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
    rows: [...pipeline.unrecorded],
    skipped: terms.kind === 'scrub' ? skipped : 0,
    bytes: ports.files.bytesRead - bytesBefore - inPartsEnd.unfinishedBytes,
    set_aside: inParts === undefined ? pipeline.giveUpSetAside().map(setAsideRow) : [],
    unfinished: !inPartsEnd.isFinished,
  };
}

function setAsideRow({ row, takenBytes }: { row: ArtifactRow; takenBytes: number }): SetAsideRow {
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
