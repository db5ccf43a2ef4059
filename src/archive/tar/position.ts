import { Buffer } from 'node:buffer';
import type { Damage } from '../damage.js';
import type { PaxRecords } from './pax.js';
import type { TarReport } from './report.js';

/** Larger global headers are not saved. Those of git and pax have a hundred bytes. */
const MAX_GLOBAL_BYTES = 1024 * 1024;

/**
 * Everything that a `TarReader` needs to continue in another process, as JSON. There is none inside headers, so no
 * half-read header is part of it.
 */
export interface TarPosition {
  /** Bytes of the tar stream before it. */
  offset: number;
  next: 'header' | 'data' | 'padding' | 'trailing';
  /** The bytes so far of a block that may be a header, in base64. */
  block: string;
  /** The content of the current member that follows, as stored, and the padding after it. */
  contentLeft: number;
  padding: number;
  isVolume: boolean;
  /** Keywords and values of global PAX headers, the values in base64. */
  globals: [string, string][];
  gaps: GapsPosition;
  report: Omit<TarReport, 'badValue' | 'accountedBytes' | 'copy'>;
}

/** What `TarGaps` has seen so far. */
export interface GapsPosition {
  badHeaderAt: number | undefined;
  notATar: Pick<Damage, 'kind' | 'message'> | undefined;
  zeroBlocks: number;
  isSkipping: boolean;
}

/** Undefined if they are too large to be saved. */
export function packGlobals(globals: PaxRecords): TarPosition['globals'] | undefined {
  let bytes = 0;
  for (const [keyword, value] of globals) bytes += keyword.length + value.length;
  if (bytes > MAX_GLOBAL_BYTES) return undefined;
  return [...globals].map(([keyword, value]) => [keyword, Buffer.from(value).toString('base64')]);
}

export function unpackGlobals(packed: TarPosition['globals'], into: PaxRecords): void {
  for (const [keyword, value] of packed) into.set(keyword, new Uint8Array(Buffer.from(value, 'base64')));
}
