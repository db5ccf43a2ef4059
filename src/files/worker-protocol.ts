import type { DigestAlgorithm } from '../core/recorded-digest.js';
import type { Candidate } from './candidate.js';
import type { FoundFile, PartRequest, SidecarRequest } from './port.js';
import type { OpenRoot } from './safe-open.js';
import type { SidecarSource } from './sidecars/source.js';

/** The settings of a reading thread. */
export interface WorkerSettings {
  roots: readonly OpenRoot[];
  control: SharedArrayBuffer;
  sidecars: readonly SidecarSource[];
}

/** A file to hash, and the digests to compute in addition to SHA-256. */
export interface HashItem {
  file: FoundFile;
  algorithms: readonly DigestAlgorithm[];
  part?: PartRequest | undefined;
}

/** A request to a reading thread. The answer is an array with one element per item. */
export type Task =
  | { kind: 'locate'; items: Candidate[] }
  | { kind: 'sidecars'; items: SidecarRequest[] }
  | { kind: 'hash'; items: HashItem[] };

/** What a reading thread receives: first its settings, and again when it serves someone else. They have no answer. */
export type Request = { kind: 'settings'; settings: WorkerSettings } | Task;
