import type { StandIn } from '../../../files/stand-in.js';
import type { OnRecord } from './on-record.js';

/** A registry row whose file is missing. */
export interface MissingRow {
  id: string;
  artifactType: string;
  /** As recorded in the registry. */
  filePath: string | null;
  /** `filePath` relative to its root; null if that is impossible, or if it contains `..` or starts with a slash. */
  relativePath: string | null;
  /** `filePath` without the prefix that a root strips, if it has one. */
  strippedPath?: string;
  /** The path of the row's file below the directory for recovered files. */
  placePath: string | null;
  title: string | null;
  /** Parsed; empty if it is null or cannot be parsed. */
  metadata: Readonly<Record<string, unknown>>;
  /**
   * Digests that this row's file is known to have had: the recorded one, the old one of drift that was not accepted,
   * and the one that a stand-in at its path in the root states.
   */
  trustedDigests: readonly TrustedDigest[];
  /** What other programs recorded about its file, if `registry.digests` is configured. */
  onRecord?: OnRecord;
  /** The recorded size, or the one stated by the stand-in. */
  sizeBytes: number | null;
  /** What its `file_path` refers to instead of a path below a root, as a phrase. Such a row is not searched for. */
  elsewhere?: string;
  /** The stand-in at its path in the root. */
  standIn?: StandIn;
  /** Why the row cannot be bound: for example, its metadata is not an object. */
  blocked?: string;
}

export interface TrustedDigest {
  sha256: string;
  from: 'recorded' | 'drift' | 'stand-in';
}

/** The configuration of an artifact type. */
export interface TypeRule {
  /** Relative to the artifacts' root. A file without a path goes into the first. */
  directories: readonly string[];
  /** With their dot, in lower case. */
  extensions: readonly string[];
  /** Metadata keys that contain a file name or path. */
  nameKeys: readonly string[];
  unrecoverable: readonly UnrecoverableRule[];
}

export interface UnrecoverableRule {
  /** Metadata keys and their required values. */
  when: Readonly<Record<string, unknown>>;
  reason: string;
}
