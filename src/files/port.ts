import type { StandIn } from './stand-in.js';

/**
 * The files of the registry for the jobs: located below the configured roots and read once, without leaving a root,
 * following links out of it, or hanging on anything that is not a file. Problems of a file (it is missing, it changes,
 * it cannot be read) are values; only an unavailable root throws.
 */

import type { DigestAlgorithm } from '../core/recorded-digest.js';

/** A directory in which `file_path` is resolved. */
export interface Root {
  /** Absolute. */
  path: string;
  /** A file that must exist in the root, as proof that the right disk is mounted. */
  sentinel?: string | undefined;
  /** The artifact types whose files may be here. Default: all. */
  types?: readonly string[] | undefined;
  /** A prefix to remove from a relative `file_path`. */
  strip?: string | undefined;
}

/** Identifies a version of a file. */
export interface FileIdentity {
  dev: bigint;
  ino: bigint;
  sizeBytes: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

export interface FoundFile {
  /** The index of its root. */
  root: number;
  /** The requested path: the root and the row's path, without following links. */
  askedPath: string;
  /** The real path, as raw bytes because names may not be UTF-8. */
  realPath: Uint8Array;
  identity: FileIdentity;
}

export interface LocateRequest {
  type: string | null;
  path: string;
}

/** The reason of `not_regular` for a directory. */
export const IS_DIRECTORY = 'it is a directory';

/** Why there is no file to read. */
export type Absence = 'no_file' | 'outside_root' | 'not_regular' | 'unreadable';

/** Where a row's path leads. `several`: two roots have different files, and it is unknown which one is meant. */
export type Location =
  | { kind: 'file'; file: FoundFile }
  | { kind: 'several'; files: FoundFile[] }
  /** A git-annex link whose content is missing. */
  | { kind: 'pointer'; standIn: StandIn; reason: string }
  | { kind: Absence; reason: string };

/** The result of one read. */
export type ReadResult =
  /** `digests`: the digests for additionally requested algorithms, in hex. */
  | {
      kind: 'hashed';
      sha256: string;
      identity: FileIdentity;
      digests?: Partial<Record<DigestAlgorithm, string>>;
    }
  /** A stand-in: the file only refers to its content. */
  | { kind: 'pointer'; standIn: StandIn }
  | { kind: 'unstable' | Absence; reason: string }
  /** Only if a part was requested: how far it was read, and the state needed to continue. */
  | { kind: 'partial'; offset: number; states: HashStates; identity: FileIdentity }
  | { kind: 'stopped' };

/** Saved hash states, in base64. */
export type HashStates = Readonly<Partial<Record<DigestAlgorithm, string>>>;

/** A part of a file: at most `maxBytes`, from the end of an earlier part. */
export interface PartRequest {
  from?: { offset: number; states: HashStates };
  maxBytes: number;
}

/** The digest of a file in a sidecar, or why the sidecar could not be used. */
export interface SidecarDigest {
  /** Its path below the root. */
  source: string;
  algorithm: DigestAlgorithm;
  text: string | null;
  /** Why it was not used. */
  problem?: string;
  /** Whether the sidecar is older than the last change of the file. */
  isOlder?: boolean;
}

/** A file, and the artifact type of its row. */
export interface SidecarRequest {
  file: FoundFile;
  type: string | null;
}

export interface Files {
  readonly roots: readonly Root[];
  /** All bytes read so far, including those of failed reads. */
  readonly bytesRead: number;
  /**
   * Checks that every root exists, is readable and not empty, has its sentinel, and is still the same directory.
   * @throws Failure `root.unavailable`
   */
  checkRoots(): Promise<void>;
  /** Locates files, in the order of the requests. Reads no content. */
  locate(requests: readonly LocateRequest[]): Promise<Location[]>;
  /**
   * The digests in the configured sidecars for each file, in the order of the requests. Free if none are configured.
   */
  sidecars(requests: readonly SidecarRequest[]): Promise<readonly (readonly SidecarDigest[])[]>;
  /**
   * Reads the file once and computes its SHA-256 and other requested digests. A file that changes in the meantime is
   * `unstable`. With `part`, reads only that much and returns the state needed to continue.
   */
  hash(file: FoundFile, algorithms?: readonly DigestAlgorithm[], part?: PartRequest): Promise<ReadResult>;
  /** Sets the rate for all reads together, starting with the next one; undefined means unlimited. */
  setRate(bytesPerSecond: number | undefined): void;
  /** Makes all current and waiting reads end soon, as `stopped`. */
  stop(): void;
  close(): Promise<void>;
}
