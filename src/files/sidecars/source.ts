import type { DigestAlgorithm } from '../../core/recorded-digest.js';

/** Where digests of files are kept in files next to them. */
export interface SidecarSource {
  /** `.sha256`: the file's own name and this. `SHA256SUMS`: a list in its directory or one above it, up to the root. */
  sidecar: string;
  /** Of lines that do not name theirs. */
  algorithm: DigestAlgorithm;
  /** Only files of these artifact types have it. */
  types?: readonly string[] | undefined;
}

/** Whether the source is a list of many files. */
export function isList({ sidecar }: Pick<SidecarSource, 'sidecar'>): boolean {
  return !sidecar.startsWith('.');
}
