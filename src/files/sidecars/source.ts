import type { DigestAlgorithm } from '../../core/recorded-digest.js';

/** Where digests are stored in files next to the files. */
export interface SidecarSource {
  /** `.sha256`: a suffix of the file's name. `SHA256SUMS`: a list in its directory or a parent, up to the root. */
  sidecar: string;
  /** The algorithm of lines that do not name one. */
  algorithm: DigestAlgorithm;
  /** The artifact types whose files have this sidecar. Default: all. */
  types?: readonly string[] | undefined;
}

/** Whether the source is a list of many files. */
export function isList({ sidecar }: Pick<SidecarSource, 'sidecar'>): boolean {
  return !sidecar.startsWith('.');
}
