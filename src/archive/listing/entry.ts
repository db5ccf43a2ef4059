/**
 * What a member is, as far as its line says. A plain `tar -tf` line says only whether it is a directory; `unknown` is
 * what a listing names without saying whether it is a file or a link.
 */
export type EntryKind =
  | 'file'
  | 'directory'
  | 'hardlink'
  | 'symlink'
  | 'device'
  | 'fifo'
  | 'socket'
  | 'unknown'
  | 'other';

/** One line of a listing, read. */
export interface ListingEntry {
  /** The most likely name; bytes that are not UTF-8 are kept as lone surrogates (`decodeName`). */
  name: string;
  /**
   * Other names that the same line may stand for: a listing does not say how it was quoted, or where a name ends
   * and ` -> target` begins. Only the archive itself can tell; nobody who searches may lose a file to it.
   */
  alternatives: readonly string[];
  kind: EntryKind;
  /** Absent in a plain listing, and for devices. */
  sizeBytes?: number;
  /** As the line has it, in the lister's own time zone: `2026-04-24 03:11`, `Apr 24 03:11`, `Apr 24  2025`. */
  mtime?: string;
  linkTarget?: string;
}

/** How the names of a listing are quoted: a GNU tar `--quoting-style`, or what the line itself suggests. */
export type Quoting = 'auto' | 'literal' | 'escape' | 'c' | 'c-maybe' | 'shell' | 'shell-always' | 'locale';

/** The columns before the name in a line that has any. */
export interface Columns {
  kind: EntryKind;
  sizeBytes?: number;
  mtime: string;
  /** The line after its columns, exactly one space taken off: a name may begin with spaces. */
  rest: string;
  /** BusyBox prints hard links like symbolic ones, under the mode of a file: seconds but never a fraction. */
  wholeSeconds?: true;
}
