import { closeSync, fstatSync, readSync } from 'node:fs';
import { posix } from 'node:path';
import { type ChecksumLine, type ChecksumLines, parseChecksumLines } from '../../core/checksum-lines.js';
import { counted, number } from '../../core/pluralize.js';
import type { FileIdentity, FoundFile, SidecarDigest } from '../port.js';
import { identityOf, locateIn, type OpenRoot, openFound } from '../safe-open.js';
import { isList, type SidecarSource } from './source.js';

/** The sidecar of one file has only a few lines; a larger file is something else. */
const MAX_SIDECAR_BYTES = 64 * 1024;
/** Enough for about 300,000 files per list. All lines are in memory while the directory is read. */
const MAX_LIST_BYTES = 32 << 20;
/** Files come in row order, so only a few lists are in use at the same time. */
const REMEMBERED_LISTS = 4;

type Content =
  | {
      kind: 'lines';
      named: ReadonlyMap<string, readonly ChecksumLine[]>;
      parsed: ChecksumLines;
      identity: FileIdentity;
    }
  | { kind: 'none' }
  | { kind: 'problem'; problem: string };

/** Reads digests from sidecars below one root, with the same precautions as for files. */
export class SidecarReader {
  readonly #sources: readonly SidecarSource[];
  readonly #lists = new Map<string, Extract<Content, { kind: 'lines' }>>();

  constructor(sources: readonly SidecarSource[]) {
    this.#sources = sources;
  }

  /** The digests of the file in all configured sidecars, ignoring lists that do not name it. */
  digestsOf(file: FoundFile, type: string | null, root: OpenRoot): SidecarDigest[] {
    const relative = relativeTo(root, file.askedPath);
    return this.#sources.flatMap((source) => {
      if (source.types !== undefined && (type === null || !source.types.includes(type))) return [];
      if (isList(source))
        return placesOf(source, relative).flatMap((place) => this.#inList(source, place, file, root));
      return this.#nextTo(source, `${relative}${source.sidecar}`, file, root);
    });
  }

  /** The digest in `data.csv.sha256`: from a line without a name, or with this file's name in any directory. */
  #nextTo(source: SidecarSource, at: string, file: FoundFile, root: OpenRoot): SidecarDigest[] {
    const content = readLines(root, at, file.root, { source, maxBytes: MAX_SIDECAR_BYTES });
    if (content.kind !== 'lines') return answerOf(source, at, content);
    const { lines, unreadable } = content.parsed;
    const own = bytesOf(baseName(file.askedPath));
    const mine = lines.filter(({ name }) => name === null || baseName(name) === own);
    if (mine.length > 0) return mine.map((line) => digestOf(source, at, line, isOlder(content, file)));
    const names = lines.flatMap(({ name }) => (name === null ? [] : [baseName(name)]));
    const problem =
      names.length > 0
        ? `it is about another file (${JSON.stringify(Buffer.from(names[0] ?? '', 'latin1').toString())})`
        : unreadable > 0
          ? 'it has no valid line'
          : 'it is empty';
    return [{ source: at, algorithm: source.algorithm, text: null, problem }];
  }

  #inList(source: SidecarSource, { at, name }: Place, file: FoundFile, root: OpenRoot): SidecarDigest[] {
    const content = this.#list(source, at, file, root);
    if (content.kind !== 'lines') return answerOf(source, at, content);
    const mine = [
      ...(content.named.get(bytesOf(name)) ?? []),
      ...(content.named.get(bytesOf(file.askedPath)) ?? []),
    ];
    if (mine.length > 0) return mine.map((line) => digestOf(source, at, line, isOlder(content, file)));
    const { unreadable } = content.parsed;
    if (unreadable === 0) return [];
    const problem = `it does not name this file, and ${counted(unreadable, 'line')} cannot be read`;
    return [{ source: at, algorithm: source.algorithm, text: null, problem }];
  }

  #list(source: SidecarSource, at: string, file: FoundFile, root: OpenRoot): Content {
    const key = `${file.root}:${at}`;
    const known = this.#lists.get(key);
    const content = readLines(root, at, file.root, { source, maxBytes: MAX_LIST_BYTES, known });
    this.#lists.delete(key);
    if (content.kind !== 'lines') return content;
    this.#lists.set(key, content);
    const oldest = this.#lists.keys().next().value;
    if (this.#lists.size > REMEMBERED_LISTS && oldest !== undefined) this.#lists.delete(oldest);
    return content;
  }
}

/** The path of a possible list, and the name of the file in it. */
interface Place {
  at: string;
  name: string;
}

/** All directories from that of the file up to the root. */
function placesOf({ sidecar }: SidecarSource, relative: string): Place[] {
  const segments = posix.normalize(relative).split('/');
  return segments
    .map((_, i) => ({
      at: [...segments.slice(0, i), sidecar].join('/'),
      name: segments.slice(i).join('/'),
    }))
    .filter(({ at }) => at !== relative)
    .reverse();
}

function answerOf(
  { algorithm }: SidecarSource,
  at: string,
  content: Exclude<Content, { kind: 'lines' }>,
): SidecarDigest[] {
  return content.kind === 'none' ? [] : [{ source: at, algorithm, text: null, problem: content.problem }];
}

function digestOf(
  { algorithm }: SidecarSource,
  source: string,
  line: ChecksumLine,
  older: boolean,
): SidecarDigest {
  const tag = line.algorithm?.replace(/^sha2-/i, 'sha');
  const text = tag === undefined ? line.digest : `${tag}:${line.digest}`;
  return { source, algorithm, text, ...(older ? { isOlder: true } : {}) };
}

function isOlder({ identity }: Extract<Content, { kind: 'lines' }>, file: FoundFile): boolean {
  return identity.mtimeNs < file.identity.mtimeNs;
}

interface HowToRead {
  source: SidecarSource;
  maxBytes: number;
  /** The result of an earlier read, still valid if the file is unchanged. */
  known?: Extract<Content, { kind: 'lines' }> | undefined;
}

function readLines(
  root: OpenRoot,
  at: string,
  rootIndex: number,
  { source, maxBytes, known }: HowToRead,
): Content {
  const answer = locateIn(root, rootIndex, at);
  if (answer.kind === 'no_file') return { kind: 'none' };
  if (answer.kind !== 'file') return { kind: 'problem', problem: reasonOf(answer.reason) };
  const { identity } = answer.file;
  if (known !== undefined && isSame(known.identity, identity)) return known;
  if (identity.sizeBytes > maxBytes)
    return {
      kind: 'problem',
      problem: `it has ${counted(identity.sizeBytes, 'byte')}, more than ${number(maxBytes)}`,
    };
  const text = readAll(answer.file, root);
  if (typeof text !== 'string') return { kind: 'problem', problem: text.problem };
  const parsed = parseChecksumLines(text, /^(?:tag)?manifest-/.test(source.sidecar) ? 'bagit' : 'gnu');
  const named = new Map<string, ChecksumLine[]>();
  for (const line of parsed.lines) {
    const name = line.name?.replace(/^(?:\.\/+)+/, '') ?? '';
    const same = named.get(name);
    if (same) same.push(line);
    else named.set(name, [line]);
  }
  return { kind: 'lines', parsed, named, identity };
}

function reasonOf(reason: string): string {
  return /^[A-Z0-9]+$/.test(reason) ? `it cannot be read (${reason})` : reason;
}

/** The whole file, with one character per byte. */
function readAll(file: FoundFile, root: OpenRoot): string | { problem: string } {
  const opened = openFound(file, root);
  if (opened.kind === 'moved') return { problem: 'it was replaced while it was being read' };
  if (opened.kind !== 'open') return { problem: reasonOf(opened.reason) };
  try {
    const buffer = Buffer.alloc(opened.identity.sizeBytes + 1);
    let length = 0;
    while (length < buffer.length) {
      const bytes = readSync(opened.fd, buffer, length, buffer.length - length, null);
      if (bytes === 0) break;
      length += bytes;
    }
    const after = identityOf(fstatSync(opened.fd, { bigint: true }));
    if (!isSame(opened.identity, after) || length !== after.sizeBytes)
      return { problem: 'it changed while it was being read' };
    return bytesAsText(buffer.subarray(0, length));
  } catch (error) {
    return {
      problem: reasonOf(error instanceof Error && 'code' in error ? String(error.code) : String(error)),
    };
  } finally {
    closeSync(opened.fd);
  }
}

/** PowerShell's `>` writes UTF-16. */
function bytesAsText(bytes: Buffer): string {
  if (bytes[0] !== 0xff || bytes[1] !== 0xfe) return bytes.toString('latin1');
  return Buffer.from(bytes.toString('utf16le', 2)).toString('latin1');
}

function isSame(a: FileIdentity, b: FileIdentity): boolean {
  return (['dev', 'ino', 'sizeBytes', 'mtimeNs', 'ctimeNs'] as const).every((field) => a[field] === b[field]);
}

function prefixOf({ path }: OpenRoot): string {
  return path.endsWith('/') ? path : `${path}/`;
}

function relativeTo(root: OpenRoot, askedPath: string): string {
  return askedPath.slice(prefixOf(root).length);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A name in the form of the lines: one character per byte. */
function bytesOf(name: string): string {
  return Buffer.from(name).toString('latin1');
}
