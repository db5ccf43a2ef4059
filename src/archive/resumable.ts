import type { ArchivePoint, ResumableCompression } from './archive-point.js';
import { type GzipPosition, GzipScanner } from './gzip/scanner.js';
import { type ArchiveNote, archiveNotes, requireMembers } from './notes.js';
import { ListingLines } from './tar/line.js';
import { TarReader } from './tar/reader.js';

/** The output, or bytes of the archive, between two points: about what the process that continues reads again. */
export const POINT_BYTES = 1024 * 1024;
/** Compressed bytes per step; deflate expands them at most a thousandfold. */
const SLICE_BYTES = 32_768;

export interface ResumableSink {
  /** The line of the next member, without a newline. */
  line(text: string): void;
  /** The reading can be continued from here, after the lines so far. */
  point(point: ArchivePoint): void;
}

/**
 * Reads the members of an archive, verifies its container, and offers places where another process can continue, so
 * that both together find what one would. The contents of members are not looked at.
 */
export class ResumableArchive {
  readonly #compression: ResumableCompression;
  readonly #tar: TarReader;
  readonly #gzip: GzipScanner | undefined;
  readonly #lines: ListingLines;
  readonly #sink: ResumableSink;
  /** The bytes of the archive so far. */
  #compressedAt: number;
  #last = { compressedAt: 0, outputAt: 0 };
  readonly #pointBytes: number;

  /**
   * @param from where it begins: the start of an archive, or where another process stopped
   * @param pointBytes the bytes of the archive between two points; never more than `POINT_BYTES` of output
   */
  constructor(from: ResumableCompression | ArchivePoint, sink: ResumableSink, pointBytes = POINT_BYTES) {
    this.#pointBytes = pointBytes;
    const point = typeof from === 'string' ? undefined : from;
    this.#compression = typeof from === 'string' ? from : from.compression;
    this.#sink = sink;
    this.#compressedAt = point?.compressedAt ?? 0;
    if (point !== undefined) this.#last = { compressedAt: point.compressedAt, outputAt: point.tar.offset };
    this.#lines = new ListingLines(point?.listingWidth);
    this.#tar = new TarReader(
      {
        member: (member) => sink.line(this.#lines.line(member)),
        memberEnd: () => undefined,
        data: () => undefined,
        hole: () => undefined,
      },
      point?.tar,
    );
    if (this.#compression === 'none') return;
    this.#gzip = new GzipScanner(
      {
        output: (bytes) => this.#tar.push(bytes),
        boundary: (position) => this.#atBoundary(position),
      },
      point?.gzip,
    );
  }

  /** @throws Damage */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      const slice = bytes.subarray(at, at + SLICE_BYTES);
      this.#compressedAt += slice.length;
      if (this.#gzip === undefined) this.#tar.push(slice);
      else this.#gzip.push(slice);
      if (this.#isFar(this.#compressedAt, this.#tar.offset)) this.mark();
    }
  }

  /** Offers the place where the reading is now, if it can be continued from there. @throws Damage */
  mark(): void {
    const gzip = this.#gzip?.point();
    if (this.#gzip !== undefined && gzip === undefined) return;
    const tar = this.#tar.position;
    if (tar === undefined) return;
    const compressedAt = gzip?.compressedAt ?? this.#compressedAt;
    this.#last = { compressedAt, outputAt: tar.offset };
    this.#sink.point({
      compression: this.#compression,
      compressedAt,
      tar,
      ...(gzip === undefined ? {} : { gzip }),
      listingWidth: this.#lines.width,
    });
  }

  /** Ends the archive: how many members it has, and its flaws. @throws Damage */
  finish(): { members: number; notes: ArchiveNote[] } {
    this.#gzip?.finish();
    const end = this.#tar.end();
    const { report, offset } = this.#tar;
    requireMembers(report);
    return { members: report.members, notes: archiveNotes(report, end, offset, this.#gzip?.trailing) };
  }

  #atBoundary({ compressedAt, outputAt }: GzipPosition): void {
    if (this.#isFar(compressedAt, outputAt)) this.mark();
  }

  #isFar(compressedAt: number, outputAt: number): boolean {
    const last = this.#last;
    return compressedAt - last.compressedAt >= this.#pointBytes || outputAt - last.outputAt >= POINT_BYTES;
  }
}
