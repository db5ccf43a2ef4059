import type { MemberKind } from '../../archive/tar/member.js';
import type { Finding } from '../../core/finding.js';
import type { StandIn } from '../../files/stand-in.js';

/**
 * The port for everything that recovery searches: a directory, a git history, the archives of a store. A source is
 * read-only, reads only regular files, and follows no symbolic links. It knows nothing about rows: it receives names,
 * digests, and sizes, and reports every place that may match one of them.
 */

type SourceKind = 'directory' | 'git' | 'archives';

/** `review`: nothing from this source is bound without a person's approval. */
export type Trust = 'bind' | 'review';

/** The names to search for, compiled once for all sources. */
export interface NameQuery {
  /** Lower-case ASCII texts of at least 3 bytes. Every wanted path contains at least one of them, ignoring case. */
  readonly needles: readonly string[];
  /** Whether a path may belong to a row. If so, its content is read. */
  wants(path: string): boolean;
  /** Whether the name of a path is only similar to a wanted one. If so, it is reported as a hint and never read. */
  isHint(path: string): boolean;
}

export interface Query extends NameQuery {
  /** The recorded SHA-256 digests of rows, to match independent of names. */
  readonly digests: ReadonlySet<string>;
  /** Stand-ins in the root that state a key of a store instead of a SHA-256. */
  readonly standIns?: readonly StandIn[];
  /** The sizes recorded with those digests. A source hashes files of these sizes to find renamed ones. */
  readonly sizes: ReadonlySet<number>;
  /** Examines a content that a source reads anyway. The path tells the expected format. */
  examine(path: string): Examiner;
  /** A sink for the content of a hit that can be read only now; undefined if it need not be kept. */
  keep(hit: Hit): ContentSink | undefined;
  /** Reports the outcome for a content that was kept. */
  kept(hit: Hit, outcome: Extraction): void;
  /** What earlier plans read. */
  memory?: SearchMemory;
}

/** One member of an archive: stored name, kind, size, time (as in hits), and link target. */
type ScannedMember = readonly [
  name: string,
  kind: MemberKind,
  sizeBytes: number,
  mtime: string,
  linkName: string,
];

/** The member list of an archive that was read completely. */
export interface ScannedArchive {
  members: readonly ScannedMember[];
}

/** What earlier plans read, so that nothing is read twice while it is unchanged. */
export interface SearchMemory {
  /** The result of an earlier read of exactly this content. If there is one, the content counts as read. */
  recall(hit: Hit): Examined | undefined;
  /** The result of an earlier scan of exactly this archive. */
  recallScan(identity: string): Promise<ScannedArchive | undefined>;
  rememberScan(identity: string, scanned: ScannedArchive): Promise<void>;
  /**
   * The result of an earlier read of a file or blob; undefined unless its identity is still the same.
   * @param place what was read, and as what: the same bytes may be checked as several formats
   */
  recallFile(place: string, identity: string): KnownFile | undefined;
  /**
   * @param times when the file last changed, and when reading it began. A file that changed just before it was read may
   *   change again within the same tick of its clock, so it is not remembered.
   */
  rememberFile(place: string, file: KnownFile, times: { changedMs: number; startedMs: number }): void;
  nowMs(): number;
}

/** A file or blob that was read, with what identifies its version. */
export interface KnownFile {
  identity: string;
  sha256: string;
  sizeBytes: number;
  examined: Examined;
}

/** The result of examining a content while it was read. */
export interface Examined {
  state: 'pass' | 'fail' | 'cut' | 'unknown';
  reason: string;
  /** Set if the file is a stand-in: what it states about the content. */
  standIn?: StandIn;
}

export interface Examiner {
  push(chunk: Uint8Array): void;
  end(): Examined;
}

/** A place that may have a wanted file. */
export interface Hit {
  /** The name of the source, as shown in reports. */
  source: string;
  kind: SourceKind;
  /** What contains the file: the directory, the repository, or the full url of the archive. */
  object: string;
  /** The ETag of the object, or the id of the blob; absent for a file in a directory. */
  version?: string;
  /** The path in the object, without `./`. People see `object` and this. */
  member: string;
  /** `member` relative to each directory in the object that may be the artifacts' root, most likely first. */
  paths: readonly string[];
  sizeBytes?: number;
  /** In the format of the source. Compared only for equality, and only within a series. */
  mtime?: string;
  /** Known from an index or from reading the file, never from a listing. */
  sha256?: string;
  /** The result of examining the content, if the source read it. */
  examined?: Examined;
  /** Within one series, equal member, size, and mtime mean equal content. */
  series?: string;
  /** Larger means newer. Among copies of one content the newest is used. */
  age: number;
  /**
   * Set if a later version of the same path replaces this one. The place is still shown, and only its digest can bind
   * it.
   */
  superseded?: string;
  /** The history of the file, for reports: `deleted in commit 1a2b3c on 2026-03-01`. */
  history?: string;
  /** The key of the stand-in that it was found by and verified against. */
  standsFor?: string;
  /**
   * The path of the stand-in in a directory that refers to this content. Nothing proves that the stand-in is genuine.
   */
  stated?: string;
  /** Set if its name is only similar to a wanted one. */
  hint?: true;
  /** The storage class of its archive, if a restore must be requested hours before reading. */
  cold?: string;
  /** Whether a few ranged reads can extract it from its archive. */
  indexed?: boolean;
  /** Private to the source, which uses it to find the bytes again. */
  locator: Readonly<Record<string, string | number>>;
}

type SourceState = 'complete' | 'scoped' | 'failed';

export interface SourceReport {
  source: string;
  kind: SourceKind;
  /** `scoped`: complete within the narrower scope that `scope` describes. */
  state: SourceState;
  scope: string;
  /** Number of files or members examined. */
  files: number;
  errors: readonly string[];
  findings: readonly Finding[];
  archivesSearched: number;
  /** Number of archives without a listing that were read entirely. */
  archivesStreamed: number;
  bytesFetched: number;
  /** The date of the oldest thing searched, for "the backups start after it was made". */
  oldestMs?: number;
  /** The date of the newest thing searched, for "created after the newest backup". */
  newestMs?: number;
}

/** A file to read from its source. */
export interface Wanted {
  /** Identifies this request in the outcome. */
  id: string;
  hit: Hit;
  /** The expected digest, if known. Bytes with this digest need no other proof. */
  sha256?: string;
}

/** Receives the bytes of one wanted file. `write` may be slow; the source waits for it. */
export interface ContentSink {
  write(chunk: Uint8Array): void | Promise<void>;
  /** Ends the content and returns its size and SHA-256. Nothing is proven yet. */
  end(): Promise<{ sha256: string; sizeBytes: number }>;
  /** Discards what was written: the content cannot be read. */
  abort(): Promise<void>;
}

/** What proves that the bytes are the ones that were archived or stored. */
export type VerifiedBy = 'sha256' | 'container-checksum' | 'none';

export type Extraction =
  | {
      id: string;
      ok: true;
      sha256: string;
      sizeBytes: number;
      verifiedBy: VerifiedBy;
      /**
       * The damage to the container, if that is why nothing proves the bytes although they were extracted completely.
       */
      damage?: { code: string; message: string };
    }
  | { id: string; ok: false; code: string; message: string };

export interface ExtractionSummary {
  bytesFetched: number;
  /** Full urls of the archives that were read, without duplicates. */
  archivesRead: readonly string[];
}

/** A member of an archive that was not searched. */
export interface OlderPlace {
  /** As in the archive, without `./`. */
  path: string;
  /** The full url of the archive. */
  archive: string;
  /** 3 for the third-newest of its series. */
  rank: number;
  dateMs: number;
}

export interface Source {
  readonly name: string;
  readonly kind: SourceKind;
  readonly trust: Trust;
  /**
   * Identifies the source beyond the urls of its objects: for a store, its endpoint. Absent if nothing is remembered.
   */
  readonly identity?: string | undefined;
  /**
   * Reports every hit, in any order. If the source cannot be searched, the report has the state `failed`; this does not
   * throw.
   */
  search(query: Query, onHit: (hit: Hit) => void, signal?: AbortSignal): Promise<SourceReport>;
  /**
   * Searches the older archives that `search` skipped for files that were found nowhere, only to report where they
   * still are. Newest first, within limits; skips what cannot be read.
   */
  findOlder?(query: NameQuery, signal?: AbortSignal): Promise<OlderPlace[]>;
  /**
   * Reads the wanted files, each object in one pass, and reports each outcome once its bytes are proven or known to be
   * unprovable. An object that changed since the search is an outcome (`candidate.changed`). Throws only for a signal.
   */
  extract(
    wanted: readonly Wanted[],
    open: (wanted: Wanted) => ContentSink,
    onOutcome: (outcome: Extraction) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<ExtractionSummary>;
}
