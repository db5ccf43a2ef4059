import type { RawKeys } from '../../core/checksum-marker.js';
import type { DigestAlgorithm } from '../../core/recorded-digest.js';
import type { DriftSighting, DriftState } from '../drift/drift-port.js';
import type { Queries } from '../queries.js';

export type { Queries } from '../queries.js';

/** The user's table of artifacts, as the jobs see it: read in pages, changed only on condition and with a journal entry. */

/** Ids are text here, whatever their column is. */
export interface ArtifactKey {
  id: string;
  type: string | null;
}

/** Which rows a job is about: those with a path, of these types. */
export interface WorkFilter {
  types?: readonly string[] | undefined;
  /** A row that was hashed before this counts as not done. */
  recheckBefore?: Date | undefined;
}

export interface TypeCount {
  type: string | null;
  /** Rows with a path. */
  rows: number;
  /** Of these, the rows that are certainly done. */
  done: number;
  /** Of these, the rows whose marker is later than the database's own time: they count as not done. */
  future: number;
}

/** What is known of the last whole read of an artifact's file. */
export interface DigestEntry {
  path: string;
  root: string;
  sizeBytes: number;
  /** Microseconds since the epoch: as exactly as the database keeps it. */
  mtimeUs: bigint;
  sha256: string;
  /** The marker of the row, as its metadata has it. */
  computedAt: string;
  /** When the file was last read and found to be as it was; null: not since the digest was computed. */
  verifiedAt?: string | null;
  /** The recorded digests that agreed with it, as `md5:…`, separated by blanks. */
  recorded?: string | null;
}

/** `metadata` as it was read: SQL NULL counts as an empty object. */
export type MetadataAsRead =
  | { kind: 'bad'; reason: string }
  | {
      kind: 'object';
      wasNull: boolean;
      /** The keys that were asked for. */
      keys: RawKeys;
      /** The whole text, where the column keeps text or it was asked for. */
      raw: string | null;
    };

/** What one place, named by `registry.digests`, has as a digest. */
interface RecordedText {
  /** The place, as configured: `metadata.md5`, or the name of a column; of a sidecar its path below the root. */
  source: string;
  algorithm: DigestAlgorithm;
  text: string | null;
  /** Why the place could not be read. */
  problem?: string;
  /** In a file next to the row's file, which is older than it with `isOlder`. */
  isSidecar?: true;
  isOlder?: boolean;
}

export interface ArtifactRow extends ArtifactKey {
  path: string | null;
  metadata: MetadataAsRead;
  digest: DigestEntry | null;
  /** Digests that were recorded by others, where the configuration names any for the row's type. */
  recorded?: readonly RecordedText[];
  /** All of them as one text, with those that are not for the row's type: what a write is conditional on. */
  recordedText?: string;
}

export interface ReadOptions {
  /** Which keys of the metadata; default: the three of a checksum. */
  keys?: readonly string[];
  /** The whole text of the metadata too, for a `jsonb` column. */
  whole?: boolean;
}

/** Reads only: what verifies and plans holds no more than this. */
export interface ArtifactReader {
  /** The table's quoted name with its schema. */
  readonly table: string;
  /** Looks at every row once. */
  counts(filter: WorkFilter): Promise<TypeCount[]>;
  /** The ids that do not name exactly one row; looked for once, and only where no index rules them out. */
  ambiguousIds(): Promise<AmbiguousIds>;
  /**
   * Looks at the `rows` rows with a path that follow the id `after`, and returns the keys of those that are not done.
   * May name a row that is done (where metadata is kept as text), never leaves out one that is not. The order is that
   * of the ids, so that all pages together cost one pass.
   */
  openKeys(after: string | undefined, rows: number, filter: WorkFilter): Promise<KeyPage>;
  /** Every row with a path, in the same order. */
  allKeys(after: string | undefined, rows: number, filter: WorkFilter): Promise<KeyPage>;
  /** Rows that have a digest and were last verified before `before`, the longest ago first. */
  oldestDone(
    after: OldestKey | undefined,
    limit: number,
    filter: WorkFilter & { before: Date },
  ): Promise<OldestKey[]>;
  /** In the order of the ids. Left out: rows that are gone, and ids that several rows have. */
  read(ids: readonly string[], options?: ReadOptions): Promise<ArtifactRow[]>;
  /** Every row with a path, in pages by id. */
  paths(): AsyncIterable<{ id: string; type: string | null; path: string }[]>;
  /** How many rows have each of these ids, compared as text and in one pass over the table: for ids that `read` left out. */
  occurrences(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export interface KeyPage {
  keys: ArtifactKey[];
  /** Of the same rows, those whose id is not theirs alone. */
  ambiguous: ArtifactKey[];
  /** The id after which the next page begins; absent at the end of the table. */
  next: string | undefined;
}

export interface AmbiguousIds {
  ids: ReadonlySet<string>;
  /** Rows that share an id with another, or have none. */
  rows: number;
  /** Rows whose id is NULL. */
  withoutId: number;
}

export interface OldestKey extends ArtifactKey {
  /** Empty where nothing is known, or the marker is in the future. */
  verifiedAt: string;
}

/** Who changes what for which reason. */
export interface JournalNote {
  /** `checksum`, `drift`, `verify`, `bind`, `undo`, `drift.accept`, `drift.reject`, … */
  action: string;
  runId: string | null;
  actor: string;
  reason: string | null;
  /** The entry that this one takes back. */
  undoes?: string | undefined;
}

/** A file that was read and has the content that is on record: the artifact's row stays as it is. */
export interface VerifiedFile {
  artifactId: string;
  digest: DigestEntry;
  /** When it was read. */
  verifiedAt: Date;
  /** Recorded digests are evidence: the first time they agree, that is journaled with this note. */
  note: JournalNote;
}

/** Content that agrees with all that is on record: whatever drift is open about other content is over. */
export interface ConfirmedContent {
  artifactId: string;
  sha256: string;
  /** Who found it: drift that ends with it is journaled. */
  runId: string;
  actor: string;
}

/** What a run found unchanged, for its one journal entry. */
export interface VerifiedRun {
  runId: string;
  actor: string;
  files: number;
}

/** One artifact's change. It happens only while path and keys are still what was read, and with its journal entry. */
export interface ArtifactChange {
  artifactId: string;
  read: {
    path: string | null;
    metadata: Extract<MetadataAsRead, { kind: 'object' }>;
    /** Recorded digests that the change rests on: it happens only while they are the same. */
    recordedText?: string | undefined;
  };
  /** The new path, when it changes. */
  path?: string | null;
  /** New raw JSON texts by key, null to take a key away. All must be among the keys that were read. */
  keys: RawKeys;
  /** The metadata becomes NULL again, if nothing else is in it; needs the whole text as read. */
  backToNull?: boolean;
  note: JournalNote;
  /** What is now known of the file; `forget` when that is no longer true. */
  digest?: DigestEntry | 'forget';
  drift?: DriftSighting;
}

export interface Commit {
  changes: readonly ArtifactChange[];
  /** Drift that is only recorded; the artifact stays as it is. */
  held: readonly DriftSighting[];
  verified?: readonly VerifiedFile[];
  /** Of changes, those that were made count. */
  confirmed?: readonly ConfirmedContent[];
  /** Entries of `salvor.partial_reads` that are over with this. */
  partsRead?: readonly string[];
  /** Decides a drift entry, with the changes that the decision makes. */
  decision?: DriftDecision | undefined;
  /** What else is written in the same transaction, told which artifacts were changed. */
  alongside?: Alongside | undefined;
}

/** May be called again when the transaction is tried again. */
type Alongside = (tx: Queries, changed: ReadonlySet<string>) => Promise<void>;

/** Moves a drift entry from one state to another, if it is still in the first. Reopening an entry is a decision too. */
export interface DriftDecision {
  driftId: string;
  artifactId: string;
  from: DriftState;
  to: DriftState;
  /** For the journal, and of a decision for the entry as well. */
  note: JournalNote;
}

export interface ArtifactWriter {
  /**
   * One transaction: every change whose condition still holds, with its journal entry, digest and drift. Returns the
   * ids of the artifacts that were changed; the others were not touched. An artifact may be in it once.
   * @throws Failure `row.side_effect` when a guarded column changed with an update, `drift.closed` when the entry
   * is no longer what it was, `row.changed` when a decision's change no longer applies, `row.refused` when a constraint or
   * trigger says no to one of the rows; nothing of it is kept then
   */
  commit(commit: Commit): Promise<ReadonlySet<string>>;
}

export interface RunJournal {
  /** Writes the one journal entry of a run that found files unchanged. */
  noteVerified(run: VerifiedRun): Promise<void>;
}
