import { gunzipSync } from 'node:zlib';
import { cutOff, type Flaw } from './flaw.js';
import type { ContentSample } from './sample.js';

function starts(sample: ContentSample, magic: readonly number[]): boolean {
  return magic.every((byte, i) => sample.head[i] === byte);
}

function tailText(sample: ContentSample, bytes: number): string {
  return Buffer.from(sample.tail.subarray(-bytes)).toString('latin1');
}

/** PNG (ISO 15948): signature, IHDR first, IEND last. */
export function wrongPng(sample: ContentSample): Flaw | undefined {
  if (!starts(sample, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'it has no PNG signature';
  if (Buffer.from(sample.head.subarray(12, 16)).toString('latin1') !== 'IHDR')
    return 'it has no PNG header chunk';
  return tailText(sample, 64).includes('IEND\xae\x42\x60\x82')
    ? undefined
    : cutOff('it is truncated: the PNG end chunk is missing');
}

/** PDF: the header within the first 1,024 bytes and the end marker within the last 1,024, as PDF readers expect. */
export function wrongPdf(sample: ContentSample): Flaw | undefined {
  const head = Buffer.from(sample.head.subarray(0, 1024)).toString('latin1');
  if (!head.includes('%PDF-')) return 'it has no PDF header';
  return tailText(sample, 1024).includes('%%EOF')
    ? undefined
    : cutOff('it is truncated: the PDF end marker is missing');
}

/** zip: a local header or an empty archive at the start, and a complete end-of-central-directory record (22 bytes). */
export function wrongZip(sample: ContentSample): Flaw | undefined {
  if (!starts(sample, [0x50, 0x4b])) return 'it has no zip signature';
  const tail = Buffer.from(sample.tail);
  const end = tail.lastIndexOf('PK\x05\x06');
  const whole = end >= 0 && tail.length >= end + 22 && tail.length === end + 22 + tail.readUInt16LE(end + 20);
  return whole ? undefined : cutOff('it is truncated: the zip end record is missing');
}

/** At most this much is unpacked to check that a stream ends. */
const MAX_UNPACKED = 64 * 1024 * 1024;

/** gzip: the header and, if the whole content was sampled, a stream that ends with its checksum. */
export function wrongGzip(sample: ContentSample): Flaw | undefined {
  if (!starts(sample, [0x1f, 0x8b, 0x08])) return 'it has no gzip header';
  if (sample.sizeBytes < 18) return cutOff('it is truncated: too short for gzip');
  if (sample.head.length < sample.sizeBytes) return undefined;
  try {
    gunzipSync(sample.head, { maxOutputLength: MAX_UNPACKED });
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'Z_BUF_ERROR') return cutOff('it is truncated: its gzip stream has no end');
    return code === 'ERR_BUFFER_TOO_LARGE' ? undefined : 'its gzip stream is damaged';
  }
}

/** Arrow IPC file (magic at both ends), or Feather version 1. */
export function wrongArrow(sample: ContentSample): Flaw | undefined {
  const head = Buffer.from(sample.head.subarray(0, 6)).toString('latin1');
  const magic = head === 'ARROW1' ? head : head.startsWith('FEA1') ? 'FEA1' : undefined;
  if (magic === undefined) return 'it does not start with the Arrow magic bytes';
  const whole = sample.sizeBytes >= 2 * magic.length && tailText(sample, magic.length) === magic;
  return whole ? undefined : cutOff('it is truncated: the Arrow magic bytes are missing at the end');
}

export function wrongSqlite(sample: ContentSample): Flaw | undefined {
  return Buffer.from(sample.head.subarray(0, 16)).toString('latin1') === 'SQLite format 3\0'
    ? undefined
    : 'it has no SQLite header';
}
