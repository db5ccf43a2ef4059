import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import {
  type ArchivePoint,
  packPoint,
  type ResumableCompression,
  unpackPoint,
} from '../../../archive/archive-point.js';
import { Damage } from '../../../archive/damage.js';
import { encodeName } from '../../../archive/names.js';
import type { ArchiveNote } from '../../../archive/notes.js';
import { POINT_BYTES, ResumableArchive } from '../../../archive/resumable.js';
import {
  type ArchivePart,
  type ArchiveParts,
  nextPieces,
  type WholePart,
} from '../../../registry/archive-parts-port.js';
import type { PartReader } from './read-archive-part.js';

/** More text than this between two saves is saved at the next point. */
const PIECE_CHARS = 4 * 1024 * 1024;
/** More than this between two points is only in an archive that was made to use up memory. */
const MOST_CHARS = 128 * 1024 * 1024;
const CHUNK_BYTES = 65_536;
/** The largest distance of points as a share of what a run may read: it reads about that much again. */
const POINT_SHARE = 1 / 32;

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

export interface DecodedPartOptions {
  /** The progress that is kept of exactly these bytes. */
  kept: ArchivePart | undefined;
  /** The bytes that this run may read. */
  maxBytes: number;
  /** What the archive is, if it has to be read from its start. */
  sniff(): Promise<ResumableCompression>;
}

/** Thrown for an archive that cannot be read in parts, with the reason. */
export class NotInParts extends Error {}

/** What was found in an archive that was read to its end. */
export interface DecodedResult {
  members: number;
  notes: ArchiveNote[];
}

/**
 * An archive that takes more than one run to read and has no index. It is decoded; the listing that it should have is
 * kept in pieces, next to the place from which the next run continues.
 */
export class DecodedPart implements PartReader {
  /** Set when the end of the archive was reached without damage. */
  result: DecodedResult | undefined;
  #point: ArchivePoint | undefined;
  /** The lines of the listing that are not saved yet, and how many of them are before the point. */
  #lines: string[] = [];
  #linesToPoint = 0;
  #chars = 0;
  /** Whether the archive was read to its end, or to damage. The end is read again if no result is recorded. */
  #isConcluded = false;
  #saved: Pick<ArchivePart, 'pieces' | 'piecesSha256'>;
  readonly #start: number;
  readonly #archive: ResumableArchive;
  readonly #parts: ArchiveParts;
  readonly #of: WholePart;
  /** Whether the last run did not get any further. */
  readonly #wasStuck: boolean;

  private constructor(
    parts: ArchiveParts,
    of: WholePart,
    begin: { kept: ArchivePart | undefined; from: ResumableCompression | ArchivePoint; maxBytes: number },
  ) {
    const { kept, from, maxBytes } = begin;
    this.#parts = parts;
    this.#of = of;
    this.#wasStuck = kept?.advancedBytes === 0;
    if (typeof from !== 'string') this.#point = from;
    this.#start = this.offset;
    const { pieces = 0, piecesSha256 = '' } = this.#point === undefined ? {} : (kept ?? {});
    this.#saved = { pieces, piecesSha256 };
    const sink = {
      line: (text: string) => {
        this.#lines.push(`${text}\n`);
        this.#chars += text.length + 1;
      },
      point: (point: ArchivePoint) => {
        this.#point = point;
        this.#linesToPoint = this.#lines.length;
      },
    };
    this.#archive = new ResumableArchive(from, sink, Math.min(POINT_BYTES, maxBytes * POINT_SHARE));
  }

  /** From the last place that was saved for exactly these bytes, or from the start. */
  static async open(
    parts: ArchiveParts,
    of: WholePart,
    { kept, maxBytes, sniff }: DecodedPartOptions,
  ): Promise<DecodedPart> {
    const from = (kept === undefined ? undefined : unpackPoint(kept.state)) ?? (await sniff());
    return new DecodedPart(parts, of, { kept, from, maxBytes });
  }

  /** Where the reading continues if it is stopped now. */
  get offset(): number {
    return this.#point?.compressedAt ?? 0;
  }

  /** Whether neither the last run nor this one found a place from which another can continue. */
  get isStuck(): boolean {
    return this.#wasStuck && !this.#isConcluded && this.offset === this.#start;
  }

  get isFull(): boolean {
    return this.#chars > PIECE_CHARS;
  }

  /** @throws Damage, NotInParts */
  take(bytes: Uint8Array): void {
    this.#concluding(() => this.#archive.push(bytes));
    if (this.#chars > MOST_CHARS)
      throw new NotInParts('too many members follow without a place to continue from');
  }

  /** @throws Damage */
  stop(isWhole: boolean): void {
    this.#concluding(() => {
      this.#archive.mark();
      if (!isWhole) return;
      this.result = this.#archive.finish();
      this.#isConcluded = true;
    });
  }

  async save(): Promise<void> {
    const count = this.#linesToPoint;
    const point = this.#point;
    const lines = this.#lines.slice(0, count);
    const piece = count === 0 ? undefined : await pack(encoded(lines));
    const { pieces, piecesSha256 } = piece === undefined ? this.#saved : nextPieces(this.#saved, piece);
    const offsetBytes = this.#isConcluded ? this.#of.sizeBytes : this.offset;
    const advancedBytes = offsetBytes - this.#start;
    const state = point === undefined ? '' : packPoint(point);
    await this.#parts.save({ ...this.#of, offsetBytes, state, advancedBytes, pieces, piecesSha256 }, piece);
    this.#saved = { pieces, piecesSha256 };
    this.#lines = this.#lines.slice(count);
    this.#linesToPoint = 0;
    this.#chars -= lines.reduce((chars, { length }) => chars + length, 0);
  }

  #concluding(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#isConcluded ||= error instanceof Damage;
      throw error;
    }
  }

  /** The listing that the archive should have, once everything is saved. */
  async *listing(): AsyncGenerator<Uint8Array> {
    for await (const piece of this.#parts.pieces(this.#of.subject)) yield* chunks(await unpack(piece));
    yield encoded(this.#lines);
  }
}

/** Small ones: each is a thousand entries in memory. */
function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

function encoded(lines: readonly string[]): Uint8Array {
  return Buffer.concat(lines.map(encodeName));
}
