import type { ObjectInfo } from '../../../objectstore/port.js';
import type { ArchiveParts, WholePart } from '../../../registry/archive-parts-port.js';
import type { ArchiveRef } from '../archive-ref.js';
import type { Say } from './check-listing.js';
import type { CheckedOne, CheckOnePorts } from './check-one.js';

/** The progress is saved this often, so that a killed run loses no more than that. */
const SAVE_MS = 5000;
const SAVE_BYTES = 256 << 20;

export interface InPartsPorts extends Pick<CheckOnePorts, 'directory' | 'found' | 'signal' | 'onBytes'> {
  parts: ArchiveParts;
  monotonicMs(): number;
  /** The bytes that may be read now. */
  maxBytes: number;
  /** Whether there is time to read more. */
  hasTime(): boolean;
}

export type PartChecked =
  /** Without `checked`, the archive is damaged. */
  | { kind: 'finished'; checked: CheckedOne | undefined }
  | { kind: 'stopped' }
  /** It cannot be read in parts. */
  | { kind: 'impossible'; reason: string };

/** An archive that is read in parts. */
export interface TargetInParts {
  archive: ArchiveRef;
  info: ObjectInfo;
  whole: WholePart;
  say: Say;
}

/** What takes the bytes of a part. */
export interface PartReader {
  /** Where the next run continues if this one is stopped now. */
  readonly offset: number;
  /** Whether memory holds enough to save it, whenever the last save was. */
  readonly isFull: boolean;
  take(bytes: Uint8Array): void;
  /** The run reads no more of it; `isWhole` if that was the end of the archive. */
  stop(isWhole: boolean): void;
  save(): Promise<void>;
}

/** Reads an archive on until the limits of the run are reached; whatever ends it, the progress is saved. */
export async function readArchivePart(
  { archive, info }: TargetInParts,
  reader: PartReader,
  { signal, maxBytes, monotonicMs, onBytes, hasTime }: InPartsPorts,
): Promise<void> {
  const start = reader.offset;
  const end = Math.min(info.sizeBytes, start + maxBytes);
  // Also before the first byte: the next run then knows that this archive has to be read in parts.
  await reader.save();
  let saved = { offset: start, ms: monotonicMs() };
  const isDue = (): boolean => {
    const bytes = reader.offset - saved.offset;
    return bytes >= SAVE_BYTES || (bytes > 0 && (reader.isFull || monotonicMs() - saved.ms >= SAVE_MS));
  };
  let at = start;
  try {
    if (start < end) {
      const { body } = await archive.store.get(archive.key, {
        range: { start, end },
        ...(info.etag === undefined ? {} : { ifMatch: info.etag }),
        ...(signal === undefined ? {} : { signal }),
      });
      for await (const bytes of body) {
        at += bytes.length;
        onBytes?.(bytes.length);
        reader.take(bytes);
        if (!hasTime()) break;
        if (!isDue()) continue;
        await reader.save();
        saved = { offset: reader.offset, ms: monotonicMs() };
      }
    }
    reader.stop(at === info.sizeBytes);
  } finally {
    await reader.save();
  }
}
