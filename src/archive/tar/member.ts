import type { SparseMap } from './sparse.js';

/** The type of a member, independent of the header format. */
export type MemberKind =
  | 'file'
  | 'hardlink'
  | 'symlink'
  | 'directory'
  | 'character'
  | 'block'
  | 'fifo'
  | 'volume'
  | 'continued'
  | 'other';

/** One member of a tar archive, with its extended headers applied. */
export interface TarMember {
  /** As stored, including `./` and a trailing slash; see `decodeName` for bytes that are not UTF-8. */
  name: string;
  kind: MemberKind;
  /** The type flag in the header, to tell types whose `kind` is `other`. */
  type: string;
  /** The target of a link; otherwise empty. */
  linkName: string;
  mode: number;
  uid: number;
  gid: number;
  uname: string;
  gname: string;
  /** The size of the extracted file. */
  sizeBytes: number;
  /** The size of its content in the archive; differs from `sizeBytes` for sparse members. */
  storedBytes: number;
  mtimeSeconds: number;
  mtimeNanoseconds: number;
  devMajor: number;
  devMinor: number;
  /** Whether its stored bytes differ from its content (GNU sparse formats). */
  sparse: boolean;
  /** The map of a sparse member; absent if it cannot be used. */
  sparseMap?: SparseMap;
  /** The offset in the file of a member that is continued from another volume. */
  continuedAt?: number;
  /** The offset of its first header block, including extended headers, in the uncompressed tar. */
  headerAt: number;
  dataAt: number;
}

/** Whether it is a regular file whose content can be read. */
export function hasContent(member: Pick<TarMember, 'kind' | 'sparse' | 'sparseMap'>): boolean {
  return member.kind === 'file' && (!member.sparse || member.sparseMap !== undefined);
}

/** POSIX.1-2001, pax, "ustar Interchange Format", typeflag: links, devices, directories and FIFOs have no content. */
const NO_DATA = '123456';

/** Whether content follows the header of a member of this type. Only then is its size field meaningful. */
export function carriesData(type: string): boolean {
  return !NO_DATA.includes(type);
}

const KINDS: Readonly<Record<string, MemberKind>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
  D: 'directory',
  V: 'volume',
  M: 'continued',
};

/** A regular file whose name ends with a slash is a directory in old formats without a directory flag. */
export function kindOf(type: string, name: string): MemberKind {
  const kind = KINDS[type] ?? 'other';
  return kind === 'file' && name.endsWith('/') ? 'directory' : kind;
}
