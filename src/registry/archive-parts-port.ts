import { createHash } from 'node:crypto';
import { ResumableHash } from '../core/resumable-hash.js';

/** How much of an archive, or of one content in it, earlier runs have read. */
export interface ArchivePart {
  /** What is read: the URL of an archive, or the id of the artifact whose content it is. */
  subject: string;
  archiveUrl: string;
  /** Everything that distinguishes these bytes from others, as text: the version of the archive, the member, the digest. */
  identity: string;
  sizeBytes: number;
  offsetBytes: number;
  /** The saved state of what reads it, such as the hash over the first `offsetBytes` bytes. */
  state: string;
  /** How many pieces of what was found so far are kept next to it, and the digest of all of them: see `nextPieces`. */
  pieces: number;
  piecesSha256: string;
  /** The bytes of them that this run has read. */
  advancedBytes: number;
}

/** `archiveUrl` is empty for what a run had no time to begin. */
export type BegunPart = Pick<ArchivePart, 'subject' | 'archiveUrl' | 'sizeBytes' | 'advancedBytes'>;

/** What is read in parts. */
export type WholePart = Pick<ArchivePart, 'subject' | 'archiveUrl' | 'identity' | 'sizeBytes'>;

export type WaitingPart = Pick<ArchivePart, 'subject' | 'sizeBytes'>;

/** The saved progress of one job. */
export interface ArchiveParts {
  /** Undefined if there is none, or if anything but `save` changed it or its pieces: reading then starts at the beginning. */
  get(subject: string): Promise<ArchivePart | undefined>;
  /** Saves a part and, with it, the last of its pieces. Pieces that it does not have any more are deleted. */
  save(part: ArchivePart, piece?: Uint8Array): Promise<void>;
  /** The pieces of a part, in order. */
  pieces(subject: string): AsyncIterable<Uint8Array>;
  /** Every subject with saved progress, and how far the last run came with it. The oldest come first. */
  begun(): Promise<BegunPart[]>;
  /** Notes that a run had no time for this and all others, so that the next one begins with it. */
  wait(part: WaitingPart): Promise<void>;
  forget(subjects: readonly string[]): Promise<void>;
  /** Deletes what was read to its end by a run that has recorded its result. */
  forgetFinished(): Promise<void>;
}

/** The number of pieces and their digest after another one was added. */
export function nextPieces(
  { pieces, piecesSha256 }: Pick<ArchivePart, 'pieces' | 'piecesSha256'>,
  piece: Uint8Array,
): Pick<ArchivePart, 'pieces' | 'piecesSha256'> {
  const digest = createHash('sha256').update(piece).digest('hex');
  return { pieces: pieces + 1, piecesSha256: piecesDigest(piecesSha256, digest) };
}

/** The digest of some pieces and one more, of which only digests are needed. */
export function piecesDigest(before: string, digest: string): string {
  return createHash('sha256').update(`${before} ${digest}`).digest('hex');
}

/** The progress that is kept of exactly these bytes. */
export async function keptPart(parts: ArchiveParts, of: WholePart): Promise<ArchivePart | undefined> {
  const kept = await parts.get(of.subject);
  return kept?.identity === of.identity ? kept : undefined;
}

/**
 * Bytes that take more than one run to read: how many of them are read, and the SHA-256 of these. The state of the hash
 * is used only for exactly the same bytes.
 */
export class PartInProgress {
  /** The bytes that are read, in this run and earlier ones. */
  offset: number;
  readonly hash: ResumableHash;
  readonly #start: number;
  readonly #parts: ArchiveParts;
  readonly #of: WholePart;

  private constructor(parts: ArchiveParts, of: WholePart, from: { offset: number; hash: ResumableHash }) {
    this.#parts = parts;
    this.#of = of;
    this.#start = from.offset;
    this.offset = from.offset;
    this.hash = from.hash;
  }

  /** From where the last run stopped, or from the beginning. */
  static async open(parts: ArchiveParts, of: WholePart): Promise<PartInProgress> {
    return PartInProgress.resume(parts, of, await keptPart(parts, of));
  }

  /** From where the progress that is kept of it stopped; from the beginning if that has no state of a hash. */
  static async resume(
    parts: ArchiveParts,
    of: WholePart,
    kept: ArchivePart | undefined,
  ): Promise<PartInProgress> {
    const hash =
      kept === undefined
        ? undefined
        : await ResumableHash.create('sha256', kept.state).catch(() => undefined);
    return kept === undefined || hash === undefined
      ? new PartInProgress(parts, of, { offset: 0, hash: await ResumableHash.create('sha256') })
      : new PartInProgress(parts, of, { offset: kept.offsetBytes, hash });
  }

  get isFinished(): boolean {
    return this.offset >= this.#of.sizeBytes;
  }

  /** The bytes that this run has read. */
  get advancedBytes(): number {
    return this.offset - this.#start;
  }

  save(): Promise<void> {
    const { offset: offsetBytes, advancedBytes } = this;
    const state = this.hash.save();
    return this.#parts.save({
      ...this.#of,
      ...{ offsetBytes, state, advancedBytes },
      ...{ pieces: 0, piecesSha256: '' },
    });
  }
}
