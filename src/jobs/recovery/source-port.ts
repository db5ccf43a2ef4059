import type { MemberKind } from '../../archive/tar/member.js';
import type { Finding } from '../../core/finding.js';
import type { StandIn } from '../../files/stand-in.js';

/**
 * The port of what recovery searches: a directory, a git history, the archives of a store. A source only reads,
 * only regular files, and follows no symbolic link. It knows nothing of rows: it is asked for names, digests and
 * sizes, and reports every place that may hold one of them.
 */

type SourceKind = 'directory' | 'git' | 'archives';

/** `review`: nothing from this source is bound without a person. */
export type Trust = 'bind' | 'review';

/** The names that are looked for, compiled once for all sources. */
export interface NameQuery {
  /** Lower-case ASCII texts, one of which every wanted path holds in some case, each of at least 3 bytes. */
  readonly needles: readonly string[];
  /** Whether a path is one that may belong to a row: its content is read. */
  wants(path: string): boolean;
  /** Whether a path has a name that is only similar to a wanted one: it is reported as a hint and never read. */
  isHint(path: string): boolean;
}

export interface Query extends NameQuery {
  /** SHA-256s that rows have on record, whatever the file is called. */
  readonly digests: ReadonlySet<string>;
  /** Stand-ins in the root that state no SHA-256, but a key that a store may know. */
  readonly standIns?: readonly StandIn[];
  /** The sizes recorded beside those digests: what a source hashes to find a file that was renamed. */
  readonly sizes: ReadonlySet<number>;
  /** Looks at a content while a source reads it anyway; the path says what it should be. */
  examine(path: string): Examiner;
  /** A place for the content of a hit that passes by only now; undefined when it need not be kept. */
  keep(hit: Hit): ContentSink | undefined;
  /** Says what became of a content that was kept. */
  kept(hit: Hit, outcome: Extraction): void;
  /** What earlier plans have read. */
  memory?: SearchMemory;
}

/** Name as stored, kind, size, time as hits have it, and target of a link of one member of an archive. */
type ScannedMember = readonly [
  name: string,
  kind: MemberKind,
  sizeBytes: number,
  mtime: string,
  linkName: string,
];

/** An archive that was read to its end, without its contents. */
export interface ScannedArchive {
  members: readonly ScannedMember[];
}

/** What earlier plans have read: nothing is read twice while it is exactly the same. */
export interface SearchMemory {
  /** What was seen of exactly this content; then it counts as read. */
  recall(hit: Hit): Examined | undefined;
  /** What was seen in exactly this archive. */
  recallScan(identity: string): Promise<ScannedArchive | undefined>;
  rememberScan(identity: string, scanned: ScannedArchive): Promise<void>;
}

/** What was seen of a content while it was read. */
export interface Examined {
  state: 'pass' | 'fail' | 'cut' | 'unknown';
  reason: string;
  /** It only says where the content is, and what it says of it. */
  standIn?: StandIn;
}

export interface Examiner {
  push(chunk: Uint8Array): void;
  end(): Examined;
}

/** A place that may hold a wanted file. */
export interface Hit {
  /** The source's name, as reports show it. */
  source: string;
  kind: SourceKind;
  /** What holds the file: the directory, the repository, or the whole url of the archive. */
  object: string;
  /** The object's ETag, or the blob's id; absent for a file in a directory. */
  version?: string;
  /** The path in the object, `./` taken off; what is shown to a person is `object` and this. */
  member: string;
  /** `member` relative to each directory in the object that may be the artifacts' root, the likeliest first. */
  paths: readonly string[];
  sizeBytes?: number;
  /** As the source has it; only ever compared for equality within a series. */
  mtime?: string;
  /** Known from an index, or because the source read the file: never from a listing. */
  sha256?: string;
  /** What the content is, when the source read it. */
  examined?: Examined;
  /** Archives of one series hold one content under one member, size and mtime. */
  series?: string;
  /** The larger, the newer: of copies of one content the newest is taken. */
  age: number;
  /** A later version of the same path counts in its stead; the place is shown, and only its digest can bind it. */
  superseded?: string;
  /** Where the file was last seen, for reports: `deleted in commit 1a2b3c on 2026-03-01`. */
  history?: string;
  /** The key of a stand-in that it was found by, and compared with. */
  standsFor?: string;
  /** The stand-in in a directory that this is the content of: its path counts, and nobody vouches for it. */
  stated?: string;
  /** Its name is only similar to a wanted one. */
  hint?: true;
  /** Its archive is in a storage class that has to be asked for hours before it can be read. */
  cold?: string;
  /** It comes out of its archive by a few ranged reads. */
  indexed?: boolean;
  /** By which the source finds the bytes again; nobody else looks inside. */
  locator: Readonly<Record<string, string | number>>;
}

type SourceState = 'complete' | 'scoped' | 'failed';

export interface SourceReport {
  source: string;
  kind: SourceKind;
  /** `scoped`: complete within the narrower scope that `scope` states. */
  state: SourceState;
  scope: string;
  /** Files or members that were looked at. */
  files: number;
  errors: readonly string[];
  findings: readonly Finding[];
  archivesSearched: number;
  /** Archives without a listing that were read whole. */
  archivesStreamed: number;
  bytesFetched: number;
  /** The date of the oldest thing searched, for "the backups start after it was made". */
  oldestMs?: number;
  /** The date of the newest thing searched, for "created after the newest backup". */
  newestMs?: number;
}

/** A file to be read out of its source. */
export interface Wanted {
  /** Names this want in the outcome. */
  id: string;
  hit: Hit;
  /** Known beforehand: bytes with this digest need no other proof. */
  sha256?: string;
}

/** What keeps the bytes of one wanted file. `write` may be slow: the source waits. */
export interface ContentSink {
  write(chunk: Uint8Array): void | Promise<void>;
  /** The content ended: its size and SHA-256. Nothing is proven yet. */
  end(): Promise<{ sha256: string; sizeBytes: number }>;
  /** The content can't be had; what was written is worth nothing. */
  abort(): Promise<void>;
}

/** What proves that the bytes are those that were archived or stored. */
export type VerifiedBy = 'sha256' | 'container-checksum' | 'none';

export type Extraction =
  | {
      id: string;
      ok: true;
      sha256: string;
      sizeBytes: number;
      verifiedBy: VerifiedBy;
      /** Why nothing proves the bytes: what is wrong with the container that they came whole out of. */
      damage?: { code: string; message: string };
    }
  | { id: string; ok: false; code: string; message: string };

export interface ExtractionSummary {
  bytesFetched: number;
  /** Whole urls of the archives that were read, each once. */
  archivesRead: readonly string[];
}

/** A name in an archive that was not searched. */
export interface OlderPlace {
  /** As in the archive, `./` taken off. */
  path: string;
  /** The whole url of the archive. */
  archive: string;
  /** 3 for the third newest of its series. */
  rank: number;
  dateMs: number;
}

export interface Source {
  readonly name: string;
  readonly kind: SourceKind;
  readonly trust: Trust;
  /** Names the place beyond the urls of its objects: of a store, its endpoint. Absent where nothing is remembered. */
  readonly identity?: string | undefined;
  /** Reports every hit, in no order. A source that can't be searched is a report with `failed`, not a throw. */
  search(query: Query, onHit: (hit: Hit) => void, signal?: AbortSignal): Promise<SourceReport>;
  /**
   * Looks through what the search left out because it is older, for the names of files that were found nowhere: only
   * to say where they still are. Newest first, within limits; what can't be read is passed over.
   */
  findOlder?(query: NameQuery, signal?: AbortSignal): Promise<OlderPlace[]>;
  /**
   * Reads the wanted files, each object in one pass, and hands each outcome over once its bytes are proven or can't
   * be. An object that changed since it was searched is an outcome (`candidate.changed`); throws only for a signal.
   */
  extract(
    wanted: readonly Wanted[],
    open: (wanted: Wanted) => ContentSink,
    onOutcome: (outcome: Extraction) => void | Promise<void>,
    signal?: AbortSignal,
  ): Promise<ExtractionSummary>;
}
