import { Buffer } from 'node:buffer';
import { type AnnexKey, annexKeyOf, type StatedDigest } from './annex-key.js';

export { STATED_ALGORITHMS } from './annex-key.js';

/** The kinds of small files that replace a large one, as listed in `docs/recovery.md`. */
export const STAND_IN_KINDS = ['git-lfs', 'git-annex', 'dvc', 'rclone-link', 'link-file'] as const;
type StandInKind = (typeof STAND_IN_KINDS)[number];

/** A small file that only refers to the content, and what it states about the content. */
export interface StandIn {
  kind: StandInKind;
  /** Null if it states no valid digest. */
  digest: StatedDigest | null;
  sizeBytes: number | null;
  /** For git-annex and DVC: the key of the content in its store. */
  key?: string;
  /** For DVC: the path of its only output, relative to the directory of the file. */
  output?: string;
}

/** DVC writes `NAME.dvc` next to the file NAME that it tracks. */
export const SIDECAR_SUFFIX = '.dvc';

/** The path of the file that a sidecar is about; undefined if its name is not that of a sidecar. */
export function outputOfSidecar(path: string): string | undefined {
  return path.endsWith(SIDECAR_SUFFIX) ? path.slice(0, -SIDECAR_SUFFIX.length) : undefined;
}

/** What the file `NAME.dvc` states about NAME, with its key in the caches of DVC; undefined if it is about another file. */
export function statedBySidecar(standIn: StandIn | undefined, name: string): StandIn | undefined {
  if (standIn?.kind !== 'dvc' || standIn.digest === null) return undefined;
  const isNext = standIn.output !== undefined && standIn.output + SIDECAR_SUFFIX === name;
  return isNext ? { ...standIn, key: `md5-${standIn.digest.hex}` } : undefined;
}

/** The maximum size of a stand-in: git-annex does not accept larger pointer files. Larger files need no check. */
export const STAND_IN_LIMIT_BYTES = 32 * 1024;

/** The limit in the Git LFS specification, "The Pointer". */
const LFS_LIMIT = 1024;
const LFS_FIRST_LINE = /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1$/;
/** A DVC file is a list of outputs with digest, size, and path (dvc.org, ".dvc files"). */
const DVC_FIRST_LINE = /^(?:outs:|md5: [0-9a-f]{32}|frozen: (?:true|false)|wdir: .*|desc: .*)$/;
const DVC_OUT = /^-? *(?:md5|etag|checksum): *['"]?([0-9a-f]{32})(\.dir)?['"]?$/m;

/**
 * Detects a stand-in by the whole content of a file: Git LFS pointers with any line ends and BOM, git-annex pointer
 * files, DVC files, and links stored as files (`.rclonelink`, Cygwin, SMB). Undefined for all other files. The single
 * definition for all jobs.
 * @param content the whole content; a file larger than STAND_IN_LIMIT_BYTES is not a stand-in
 * @param name the file's basename, for kinds that only the name identifies
 */
export function standInOf(content: Uint8Array, name = ''): StandIn | undefined {
  if (content.length === 0 || content.length > STAND_IN_LIMIT_BYTES) return undefined;
  if (name.endsWith('.rclonelink')) return plain('rclone-link');
  if (isLinkFile(content)) return plain('link-file');
  const text = decode(content);
  if (text === undefined) return undefined;
  const lines = text.split(/\r\n|\n|\r/);
  return lfs(lines) ?? annex(lines) ?? dvc(lines, text);
}

/** Detects a stand-in by a dangling symbolic link, as git-annex uses for locked files. */
export function standInOfLink(target: string): StandIn | undefined {
  const key = annexKeyInPath(target);
  return key === undefined ? undefined : annexStandIn(key);
}

/** The SHA-256 that a stand-in states, in 64 hex digits. */
export function sha256Of({ digest }: StandIn): string | null {
  return digest?.algorithm === 'sha256' ? digest.hex : null;
}

const WORDS: Readonly<Record<StandInKind, string>> = {
  'git-lfs': 'a Git LFS pointer',
  'git-annex': 'a git-annex pointer',
  dvc: 'a DVC file',
  'rclone-link': 'a link that rclone stored as a file',
  'link-file': 'a symbolic link stored as a file',
};

/** A description with the stated digest: `a Git LFS pointer to 1a2b…`. */
export function describeStandIn({ kind, digest }: StandIn): string {
  if (digest !== null) {
    return `${WORDS[kind]} to ${digest.algorithm === 'sha256' ? '' : `${digest.algorithm} `}${digest.hex}`;
  }
  return kind === 'git-lfs' ? `${WORDS[kind]} to an unreadable oid` : WORDS[kind];
}

function plain(kind: StandInKind): StandIn {
  return { kind, digest: null, sizeBytes: null };
}

function lfs(lines: readonly string[]): StandIn | undefined {
  if (!LFS_FIRST_LINE.test(lines[0] ?? '')) return undefined;
  if (lines.join('\n').length >= LFS_LIMIT) return undefined;
  const hex = lines.flatMap((line) => /^oid sha256:([0-9a-f]{64})$/.exec(line)?.[1] ?? [])[0];
  const size = lines.flatMap((line) => /^size (\d{1,15})$/.exec(line)?.[1] ?? [])[0];
  return {
    kind: 'git-lfs',
    digest: hex === undefined ? null : { algorithm: 'sha256', hex },
    sizeBytes: size === undefined ? null : Number(size),
  };
}

/**
 * git-annex, "internals/pointer_file": the first line is `/annex/objects/` followed by the key. On file systems without
 * links, the content of the file is the target of the link.
 */
function annex([first = '']: readonly string[]): StandIn | undefined {
  const line = first.replaceAll('\\', '/');
  if (line.startsWith('/annex/objects/')) return annexStandIn(line.slice('/annex/objects/'.length));
  const key = /^(?:\.\.\/)*\.git\/annex\/objects\//.test(line) ? annexKeyInPath(line) : undefined;
  return key === undefined ? undefined : annexStandIn(key);
}

/** `../.git/annex/objects/Xx/Yy/KEY/KEY`, also in a submodule (`.git/modules/sub/annex/objects`). */
function annexKeyInPath(target: string): string | undefined {
  const path = target.replaceAll('\\', '/');
  return /(?:^|\/)annex\/objects\/(?:[^/]+\/)+([^/]+)$/.exec(path)?.[1];
}

function annexStandIn(name: string): StandIn {
  const key: AnnexKey | undefined = annexKeyOf(name);
  return { kind: 'git-annex', digest: key?.digest ?? null, sizeBytes: key?.sizeBytes ?? null, key: name };
}

function dvc(lines: readonly string[], text: string): StandIn | undefined {
  const first = lines.find((line) => line.trim() !== '' && !line.startsWith('#')) ?? '';
  if (!DVC_FIRST_LINE.test(first) || !lines.includes('outs:')) return undefined;
  const out = DVC_OUT.exec(text.replaceAll('\r\n', '\n').slice(text.indexOf('outs:')));
  const path = /^-? *path: *(['"]?)(\S.*?)\1 *\r?$/m.exec(text)?.[2];
  if (out?.[1] === undefined || path === undefined) return undefined;
  const sizes = [...text.matchAll(/^-? *size: *(\d{1,15})\r?$/gm)];
  // The digest of a directory is that of a list of files, and several outputs are not one content.
  const one = out[2] === undefined && sizes.length === 1;
  return {
    kind: 'dvc',
    digest: one ? { algorithm: 'md5', hex: out[1] } : null,
    sizeBytes: one ? Number(sizes[0]?.[1]) : null,
    // With `wdir`, the path is relative to another directory.
    ...(one && !/^wdir: *(?!['"]?\.['"]? *\r?$)\S/m.test(text) ? { output: path } : {}),
  };
}

/** Cygwin's `!<symlink>`, Interix's `IntxLNK`, and the `XSym` of 1,067 bytes that SMB clients write. */
function isLinkFile(content: Uint8Array): boolean {
  const head = Buffer.from(content.subarray(0, 10)).toString('latin1');
  return (
    (head === '!<symlink>' && content.length > 10) ||
    head.startsWith('IntxLNK\x01') ||
    (content.length === 1067 && /^XSym\n\d{4}\n/.test(head))
  );
}

/** Decodes text by its byte order mark; undefined if it cannot be a stand-in. */
function decode(content: Uint8Array): string | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0)
    return Buffer.from(bytes.subarray(2)).swap16().toString('utf16le');
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = hasMark ? bytes.subarray(3) : bytes;
  return 'v/.\\o#mfwd\n\r'.includes(String.fromCharCode(text[0] ?? 0)) ? text.toString('utf8') : undefined;
}
