import type { DigestAlgorithm } from '../core/recorded-digest.js';
import type { Candidate } from './candidate.js';
import type { FoundFile, PartRequest, SidecarRequest } from './port.js';
import type { OpenRoot } from './safe-open.js';
import type { SidecarSource } from './sidecars/source.js';

/** What a reading thread is told once. */
export interface WorkerSettings {
  roots: readonly OpenRoot[];
  control: SharedArrayBuffer;
  bufferBytes: number;
  sidecars: readonly SidecarSource[];
}

/** A file, and what is computed of it beside SHA-256. */
export interface HashItem {
  file: FoundFile;
  algorithms: readonly DigestAlgorithm[];
  part?: PartRequest | undefined;
}

/** What it is asked; the answer is an array with one element per item. */
export type Task =
  | { kind: 'locate'; items: Candidate[] }
  | { kind: 'sidecars'; items: SidecarRequest[] }
  | { kind: 'hash'; items: HashItem[] };
