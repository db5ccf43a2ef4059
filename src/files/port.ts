import type { StandIn } from './stand-in.js';

/**
 * The files of the registry, as the jobs see them: found below the configured roots and read once, without ever
 * leaving a root, following a link out of it, or hanging on something that is no file. What a file does (it is
 * missing, it changes, it can't be read) is a value; only a root that is gone throws.
 */

import type { DigestAlgorithm } from '../core/recorded-digest.js';

/** A directory in which `file_path` is resolved. */
export interface Root {
  /** Absolute. */
  path: string;
  /** Must exist in the root: proof that the right disk is mounted there. */
  sentinel?: string | undefined;
  /** Only rows of these artifact types are looked for here. */
  types?: readonly string[] | undefined;
  /** Taken off a relative `file_path` that starts with it. */
  strip?: string | undefined;
}

/** What a file is, for as long as none of it changes. */
export interface FileIdentity {
  dev: bigint;
  ino: bigint;
  sizeBytes: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

export interface FoundFile {
  /** Index of the root that holds it. */
  root: number;
  /** As it was asked for: the root and the row's path, links not followed. */
  askedPath: string;
  /** Where that led, in the operating system's own bytes: names need not be UTF-8. */
  realPath: Uint8Array;
  identity: FileIdentity;
}

export interface LocateRequest {
  type: string | null;
  path: string;
}

/** The reason of a `not_regular` that is a directory. */
export const IS_DIRECTORY = 'it is a directory';

/** Why there is no file to read. */
export type Absence = 'no_file' | 'outside_root' | 'not_regular' | 'unreadable';

/** Where a row's path leads. Several files: two roots hold different ones, and nobody can say which is meant. */
export type Location =
  | { kind: 'file'; file: FoundFile }
  | { kind: 'several'; files: FoundFile[] }
  /** A link of git-annex whose content is not here. */
  | { kind: 'pointer'; standIn: StandIn; reason: string }
  | { kind: Absence; reason: string };

/** What one whole read came to. */
export type ReadResult =
  /** `digests`: those of other algorithms that were asked for, in hex. */
  | {
      kind: 'hashed';
      sha256: string;
      identity: FileIdentity;
      digests?: Partial<Record<DigestAlgorithm, string>>;
    }
  /** A stand-in: the file only says where its content is. */
  | { kind: 'pointer'; standIn: StandIn }
  | { kind: 'unstable' | Absence; reason: string }
  /** Only where a part was asked for: so far it was read, and this is what it takes to go on. */
  | { kind: 'partial'; offset: number; states: HashStates; identity: FileIdentity }
  | { kind: 'stopped' };

/** States of hashes, in base64. */
export type HashStates = Readonly<Partial<Record<DigestAlgorithm, string>>>;

/** A part of a file: at most so many bytes, from where an earlier part ended. */
export interface PartRequest {
  from?: { offset: number; states: HashStates };
  maxBytes: number;
}

/** What one sidecar says of a file, or why it could not be used. */
export interface SidecarDigest {
  /** Its path below the root. */
  source: string;
  algorithm: DigestAlgorithm;
  text: string | null;
  /** Why it was not used. */
  problem?: string;
  /** It was written before the file was last changed. */
  isOlder?: boolean;
}

/** A file, and the artifact type of its row. */
export interface SidecarRequest {
  file: FoundFile;
  type: string | null;
}

export interface Files {
  readonly roots: readonly Root[];
  /** Everything read so far, up to this moment, also what came to nothing. */
  readonly bytesRead: number;
  /**
   * Every root is there, readable, not empty, holds its sentinel and is the directory that it was at first.
   * @throws Failure `root.unavailable`
   */
  checkRoots(): Promise<void>;
  /** Answers in the order of the requests. Reads no content. */
  locate(requests: readonly LocateRequest[]): Promise<Location[]>;
  /** What the configured sidecars say of each file, in the order of the requests; without any it costs nothing. */
  sidecars(requests: readonly SidecarRequest[]): Promise<readonly (readonly SidecarDigest[])[]>;
  /**
   * Reads the file to its end, once, and computes its SHA-256 and what else is asked for. A file that changes meanwhile is
   * `unstable`. With `part` only that much is read, and what is needed to go on is in the answer.
   */
  hash(file: FoundFile, algorithms?: readonly DigestAlgorithm[], part?: PartRequest): Promise<ReadResult>;
  /** For all reads together, from the next one on; undefined is as fast as it goes. */
  setRate(bytesPerSecond: number | undefined): void;
  /** Makes every read under way or still waiting end as `stopped`, soon. */
  stop(): void;
  close(): Promise<void>;
}
