import { Buffer } from 'node:buffer';
import type { CompressionName } from '../core/compressions.js';
import { WINDOW_BYTES } from './deflate/output-window.js';
import type { GzipPoint } from './gzip/scanner.js';
import { packWindow, unpackWindow } from './index/checkpoint.js';
import type { TarPosition } from './tar/position.js';

/** The compressions whose archives can be read in parts without an index. */
export type ResumableCompression = Extract<CompressionName, 'none' | 'gzip'>;

/** A place in an archive where another process can continue to read it. */
export interface ArchivePoint {
  compression: ResumableCompression;
  /** The first byte of the archive that it needs. */
  compressedAt: number;
  tar: TarPosition;
  /** Only for gzip. */
  gzip?: GzipPoint;
  /** The width of the owner's column in the listing so far. */
  listingWidth: number;
}

/** Whether archives of a compression have such places. */
export function isResumable(compression: CompressionName): compression is ResumableCompression {
  return compression === 'none' || compression === 'gzip';
}

/** Increased when a state of an older version must not be used any more. */
const VERSION = 1;

/** The point as text. */
export function packPoint(point: ArchivePoint): string {
  const { gzip } = point;
  if (gzip?.in.kind !== 'deflate') return JSON.stringify({ version: VERSION, ...point });
  const { window, ...where } = gzip.in;
  const packed = Buffer.from(packWindow(window)).toString('base64');
  const packedIn = { ...where, window: packed, windowBytes: window.length };
  return JSON.stringify({ version: VERSION, ...point, gzip: { ...gzip, in: packedIn } });
}

/** Undefined for a text that `packPoint` of this version did not return. */
export function unpackPoint(text: string): ArchivePoint | undefined {
  try {
    const { version, ...point } = JSON.parse(text);
    if (version !== VERSION) return undefined;
    if (point.gzip?.in.kind === 'deflate') {
      const { window, windowBytes, ...where } = point.gzip.in;
      if (windowBytes > WINDOW_BYTES) return undefined;
      const packedWindow = Buffer.from(window, 'base64');
      point.gzip.in = { ...where, window: unpackWindow({ packedWindow, windowBytes }) };
    }
    return point;
  } catch {
    return undefined;
  }
}
