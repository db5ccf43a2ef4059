import type { SparseMap } from './sparse.js';

/** What kind of thing a member is, apart from how its header spells it. */
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
  /** As stored (`./` and trailing slash included); see `decodeName` for bytes that are not UTF-8. */
  name: string;
  kind: MemberKind;
  /** The header's type flag; what it is when `kind` is `other`. */
  type: string;
  /** Target of a link, else empty. */
  linkName: string;
  mode: number;
  uid: number;
  gid: number;
  uname: string;
  gname: string;
  /** What the file's size is when it is extracted. */
  sizeBytes: number;
  /** How many bytes of the archive hold its content; differs from `sizeBytes` for sparse members. */
  storedBytes: number;
  mtimeSeconds: number;
  mtimeNanoseconds: number;
  devMajor: number;
  devMinor: number;
  /** Its stored bytes are not its content (GNU sparse formats). */
  sparse: boolean;
  /** How the content of a sparse member is put together; absent where its map cannot be used. */
  sparseMap?: SparseMap;
  /** Where in its file a member that is continued from another volume begins. */
  continuedAt?: number;
  /** Where its first header block (extended headers included) and its content begin, in the uncompressed tar. */
  headerAt: number;
  dataAt: number;
}

/** Whether it is a regular file whose content can be had. */
export function hasContent(member: Pick<TarMember, 'kind' | 'sparse' | 'sparseMap'>): boolean {
  return member.kind === 'file' && (!member.sparse || member.sparseMap !== undefined);
}

/** POSIX.1-2001, pax, "ustar Interchange Format", typeflag: links, devices, directories and FIFOs have no content. */
const NO_DATA = '123456';

/** Whether content follows the header of a member of this type: only then does its size field mean anything. */
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

/** A regular file whose name ends in a slash is a directory of the time before there was a flag for it. */
export function kindOf(type: string, name: string): MemberKind {
  const kind = KINDS[type] ?? 'other';
  return kind === 'file' && name.endsWith('/') ? 'directory' : kind;
}
