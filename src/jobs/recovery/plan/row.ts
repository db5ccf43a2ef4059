import type { StandIn } from '../../../files/stand-in.js';
import type { OnRecord } from './on-record.js';

/** A row of the registry whose file is not there, as recovery sees it. */
export interface MissingRow {
  id: string;
  artifactType: string;
  /** As the registry has it. */
  filePath: string | null;
  /** `filePath` relative to its root, `..` and leading slashes refused; null when it has no such form. */
  relativePath: string | null;
  /** `filePath` without the prefix that a root strips; only where it has one. */
  strippedPath?: string;
  /** Below the directory that recovered files go to: where the row looks for its file. */
  placePath: string | null;
  title: string | null;
  /** Parsed; empty when it is null or can't be parsed. */
  metadata: Readonly<Record<string, unknown>>;
  /**
   * Digests that this row's file is known to have had: the recorded one, the old one of a drift that nobody
   * accepted, what a stand-in at its own path in the root states.
   */
  trustedDigests: readonly TrustedDigest[];
  /** What other programs recorded of its file, where the configuration names places for it. */
  onRecord?: OnRecord;
  /** The recorded size, or the one that the stand-in states. */
  sizeBytes: number | null;
  /** What its `file_path` names instead of a path below a root, as a phrase: nothing is searched for it. */
  elsewhere?: string;
  /** What is at its own path in the root in place of the file. */
  standIn?: StandIn;
  /** The row can't be bound as it is: its metadata is no object, say. */
  blocked?: string;
}

export interface TrustedDigest {
  sha256: string;
  from: 'recorded' | 'drift' | 'stand-in';
}

/** What the configuration says about an artifact type. */
export interface TypeRule {
  /** Relative to the artifacts' root; the first is where a file goes that has no path yet. */
  directories: readonly string[];
  /** With their dot, lower case. */
  extensions: readonly string[];
  /** Metadata keys that hold a file name or path. */
  nameKeys: readonly string[];
  unrecoverable: readonly UnrecoverableRule[];
}

export interface UnrecoverableRule {
  /** Metadata keys and the values that they must all have. */
  when: Readonly<Record<string, unknown>>;
  reason: string;
}
