import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { ChecksumPorts } from '../options.js';
import { type LocatedRow, locateRows } from './locate-rows.js';
import type { PartReader } from './part-reader.js';
import type { RestOfRun } from './rest-of-run.js';

/** More than one run can start; the rest is left to the next run. */
const MOST_SET_ASIDE = 1000;
/** The tolerance for files verified earlier in the same run: files that were set aside start after those that fit. */
const SAME_NIGHT_MS = 24 * 3_600_000;
/** However long a file takes, the other files are due again after this time. */
const LONGEST_WAIT_MS = 30 * 24 * 3_600_000;

/** A row that was set aside, with the bytes reserved for it. */
export interface RowSetAside {
  row: ArtifactRow;
  takenBytes: number;
}

/**
 * Rows whose file does not fit into the rest of the run, in order of arrival: which they are, and when it is their turn.
 * They are read in parts.
 */
export class SetAsideRows {
  readonly #ports: Pick<ChecksumPorts, 'clock' | 'files' | 'parts'>;
  readonly #rest: RestOfRun;
  readonly #rows: RowSetAside[] = [];
  #begun: Promise<ReadonlyMap<string, Date>> | undefined;
  /** All further rows were verified after the reading of a file that was set aside began. */
  #hadItsTurn = false;

  constructor(ports: Pick<ChecksumPorts, 'clock' | 'files' | 'parts'>, rest: RestOfRun) {
    this.#ports = ports;
    this.#rest = rest;
  }

  /** Sets aside a row until all others are done. */
  add(row: ArtifactRow, takenBytes = 0): void {
    if (!this.isFull) this.#rows.push({ row, takenBytes });
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  get isFull(): boolean {
    return this.#rows.length >= MOST_SET_ASIDE;
  }

  get count(): number {
    return this.#rows.length;
  }

  /** The bytes reserved for all of them. */
  get takenBytes(): number {
    return this.#rows.reduce((sum, { takenBytes }) => sum + takenBytes, 0);
  }

  /** Returns the rows, for other workers to read. */
  giveUp(): RowSetAside[] {
    return this.#rows.splice(0);
  }

  /** Rows whose file was partly read, with the time when that began. */
  begun(): Promise<ReadonlyMap<string, Date>> | undefined {
    this.#begun ??= this.#ports.parts?.begun();
    return this.#begun;
  }

  /**
   * A scrub starts over with the small files as soon as it has read them all. Files that were set aside therefore get
   * half of the time, or all of it if the others were verified recently and after the reading of those files began.
   */
  get isTurn(): boolean {
    return !this.isEmpty && (this.#rest.isHalfGone || this.#hadItsTurn);
  }

  /** The rows of a scrub are sorted by their last verification: what is true of one row is true of all after it. */
  async noteReached(row: ArtifactRow | undefined): Promise<void> {
    this.#hadItsTurn = await this.#wasVerifiedSince(row);
  }

  async #wasVerifiedSince(row: ArtifactRow | undefined): Promise<boolean> {
    const begun = await this.begun();
    if (row === undefined || begun === undefined || begun.size === 0 || begun.has(row.id)) return false;
    const since = this.#rows.flatMap(({ row: { id } }) => begun.get(id)?.getTime() ?? []);
    const verified = Date.parse(row.digest?.verifiedAt ?? row.digest?.computedAt ?? '');
    const patience = this.#ports.clock.now().getTime() - LONGEST_WAIT_MS;
    return since.length > 0 && verified >= Math.max(Math.min(...since) - SAME_NIGHT_MS, patience);
  }

  /** The rows with their locations: first those partly read, the one closest to being finished before the others. */
  async byProgress(parts: PartReader): Promise<LocatedRow[]> {
    const located = await locateRows(
      this.#ports.files,
      this.#rows.map(({ row }) => row),
    );
    const rows = await Promise.all(
      located.map(async ({ row, location }) => {
        const left = location.kind === 'file' ? location.file.identity.sizeBytes : 0;
        const read = location.kind === 'file' ? await parts.progress(location.file) : 0;
        return { row, location, isBegun: read > 0, left: left - read };
      }),
    );
    return rows.sort((a, b) => Number(b.isBegun) - Number(a.isBegun) || (a.isBegun ? a.left - b.left : 0));
  }
}
