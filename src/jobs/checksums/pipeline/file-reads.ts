import type { DigestAlgorithm } from '../../../core/recorded-digest.js';
import type {
  FileIdentity,
  Files,
  FoundFile,
  LocateRequest,
  Location,
  ReadResult,
} from '../../../files/port.js';
import type { StandIn } from '../../../files/stand-in.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { PartReader } from './part-reader.js';

/**
 * A second read never reuses the result of the first, and a read that needs more digests never that of one with fewer.
 */
interface How {
  round: string;
  algorithms: readonly DigestAlgorithm[];
  /** The row for which the file is read in parts. */
  row?: Row | undefined;
}

type Row = Pick<ArtifactRow, 'id' | 'type'>;

/** The result of reading a row's file. */
export type FileRead =
  | { kind: 'hashed'; sha256: string; digests?: Digests; file: FoundFile }
  | { kind: 'pointer'; standIn: StandIn; sizeBytes?: number }
  | { kind: 'ambiguous'; paths: string[] }
  | { kind: 'no_file' | 'outside_root' | 'not_regular' | 'unreadable' | 'unstable'; reason: string }
  | { kind: 'stopped' };

/** Rows that share a file are rarely further apart than this. Each entry takes about 300 bytes. */
const REMEMBERED_FILES = 32_768;

/**
 * Reads the files of rows, each file once, however many rows, links or paths lead to it. A file that changes while it
 * is read is looked up and read once more before it counts as unstable.
 */
export class FileReads {
  readonly #files: Files;
  readonly #parts: PartReader | undefined;
  readonly #remembered = new Map<string, Promise<ReadResult>>();

  /** `parts` reads files in parts where that is requested. */
  constructor(files: Files, parts?: PartReader) {
    this.#files = files;
    this.#parts = parts;
  }

  /** `algorithms`: digests to compute in the same read, in addition to SHA-256. */
  async read(
    request: LocateRequest,
    location: Location,
    algorithms: readonly DigestAlgorithm[] = [],
    row?: Row,
  ): Promise<FileRead> {
    const how = { round: 'first', algorithms, row };
    const first = await this.#readAt(location, how);
    if (first.kind !== 'unstable') return first;
    return this.#readAt(await this.#locate(request), how);
  }

  /** The file was read, or is being read, for another row. */
  knows({ identity }: FoundFile, algorithms: readonly DigestAlgorithm[]): boolean {
    return this.#remembered.has(`first ${algorithms.join()} ${identityKey(identity)}`);
  }

  /** Reads a file a second time. If the digest differs from the first read, the file is unstable. */
  async confirm(
    request: LocateRequest,
    before: Extract<FileRead, { kind: 'hashed' }>,
    algorithms: readonly DigestAlgorithm[] = [],
    row?: Row,
  ): Promise<FileRead> {
    const again = await this.#readAt(await this.#locate(request), { round: 'second', algorithms, row });
    if (again.kind !== 'hashed' || again.sha256 === before.sha256) return again;
    return { kind: 'unstable', reason: 'two reads gave different content' };
  }

  async #locate(request: LocateRequest): Promise<Location> {
    const [location] = await this.#files.locate([request]);
    return location ?? { kind: 'no_file', reason: 'it was not found' };
  }

  async #readAt(location: Location, how: How): Promise<FileRead> {
    if (location.kind === 'file') return toFileRead(await this.#once(location.file, how), location.file);
    if (location.kind === 'several') return this.#same(location.files, how);
    return location;
  }

  /** Two roots have a file at this path; the files may still be copies of each other. */
  async #same(files: readonly FoundFile[], how: How): Promise<FileRead> {
    const reads = await Promise.all(files.map(async (file) => toFileRead(await this.#once(file, how), file)));
    const unread = reads.find((read) => read.kind !== 'hashed' && read.kind !== 'pointer');
    if (unread) return unread;
    const contents = new Set(reads.map((read) => (read.kind === 'hashed' ? read.sha256 : 'pointer')));
    const [first] = reads;
    if (first && contents.size === 1) return first;
    return { kind: 'ambiguous', paths: files.map((file) => file.askedPath) };
  }

  #once(file: FoundFile, how: How): Promise<ReadResult> {
    const key = `${how.round} ${how.algorithms.join()} ${identityKey(file.identity)}`;
    const known = this.#remembered.get(key);
    const reading = known ?? this.#read(file, key, how);
    this.#remembered.delete(key);
    this.#remembered.set(key, reading);
    const oldest = this.#remembered.keys().next().value;
    if (this.#remembered.size > REMEMBERED_FILES && oldest !== undefined) this.#remembered.delete(oldest);
    return reading;
  }

  async #read(file: FoundFile, key: string, { algorithms, round, row }: How): Promise<ReadResult> {
    const result =
      row !== undefined && this.#parts !== undefined
        ? await this.#parts.read(row, file, { round, algorithms })
        : await this.#files.hash(file, algorithms);
    if (result.kind !== 'hashed' && result.kind !== 'pointer') this.#remembered.delete(key);
    return result;
  }
}

function identityKey({ dev, ino, sizeBytes, mtimeNs, ctimeNs }: FileIdentity): string {
  return `${dev}:${ino}:${sizeBytes}:${mtimeNs}:${ctimeNs}`;
}

function toFileRead(result: ReadResult, file: FoundFile): FileRead {
  switch (result.kind) {
    case 'hashed':
      return {
        kind: 'hashed',
        sha256: result.sha256,
        digests: result.digests ?? {},
        file: { ...file, identity: result.identity },
      };
    case 'pointer':
      return { kind: 'pointer', standIn: result.standIn, sizeBytes: file.identity.sizeBytes };
    case 'partial':
    case 'stopped':
      return { kind: 'stopped' };
    default:
      return { kind: result.kind, reason: result.reason };
  }
}

/** Digests of one file, by algorithm, in lower-case hex. */
export type Digests = Readonly<Partial<Record<DigestAlgorithm, string>>>;
