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

/** Whether the source is a list of many files. */
export function isList({ sidecar }: Pick<SidecarSource, 'sidecar'>): boolean {
  return !sidecar.startsWith('.');
}
