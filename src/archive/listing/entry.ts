/**
 * The type of a member, as far as its line tells. A plain `tar -tf` line tells only whether it is a directory.
 * `unknown` may be a file or a link.
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

/** One parsed line of a listing. */
export interface ListingEntry {
  /** The most likely name. Bytes that are not UTF-8 are kept as lone surrogates (`decodeName`). */
  name: string;
  /**
   * Other possible names for the same line: a listing does not tell how it was quoted, or where a name ends and ` ->
   * target` begins. Only the archive can tell, so a search must consider all of them.
   */
  alternatives: readonly string[];
  kind: EntryKind;
  /** Absent in a plain listing, and for devices. */
  sizeBytes?: number;
  /** As printed, in the time zone of the listing program: `2026-04-24 03:11`, `Apr 24 03:11`, `Apr 24  2025`. */
  mtime?: string;
  linkTarget?: string;
}

/** How the names of a listing are quoted: a GNU tar `--quoting-style`, or detected from the line (`auto`). */
export type Quoting = 'auto' | 'literal' | 'escape' | 'c' | 'c-maybe' | 'shell' | 'shell-always' | 'locale';

/** The columns of a line, if it has any. */
export interface Columns {
  kind: EntryKind;
  sizeBytes?: number;
  mtime: string;
  /** The line after its columns and exactly one space, because a name may start with spaces. */
  rest: string;
  /**
   * Set for times with seconds but no fraction: BusyBox prints hard links like symbolic links with the mode of a file.
   */
  wholeSeconds?: true;
}
