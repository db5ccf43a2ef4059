import { counted, number } from '../../../../core/pluralize.js';
import { cutOff, type Flaw } from './flaw.js';
import type { ContentSample } from './sample.js';

function ascii(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
}

function u32(bytes: Uint8Array, at: number): number {
  return Buffer.from(bytes.subarray(at, at + 4)).readUInt32LE(0);
}

function u64(bytes: Uint8Array, at: number): number {
  return Number(Buffer.from(bytes.subarray(at, at + 8)).readBigUInt64LE(0));
}

/** Parquet: magic at both ends and a footer that fits in between (parquet-format, "File format"). */
export function wrongParquet({ head, tail, sizeBytes }: ContentSample): Flaw | undefined {
  const magic = ascii(head, 0, 4);
  if (magic !== 'PAR1' && magic !== 'PARE') return 'it does not start with the Parquet magic bytes';
  if (sizeBytes < 12) return cutOff('it is truncated: too short for Parquet');
  if (ascii(tail, tail.length - 4, 4) !== magic)
    return cutOff('it is truncated: the Parquet magic bytes are missing at the end');
  const footer = u32(tail, tail.length - 8);
  return footer > 0 && footer <= sizeBytes - 12 ? undefined : 'its Parquet footer is larger than the file';
}

/** NumPy's .npy (NEP 1): magic, a header that describes the array, and data up to the end of the file. */
export function wrongNpy({ head, sizeBytes }: ContentSample): Flaw | undefined {
  if (ascii(head, 0, 6) !== '\x93NUMPY' || head.length < 12)
    return 'it does not start with the NumPy magic bytes';
  const wide = (head[6] ?? 0) >= 2;
  const length = wide ? u32(head, 8) : Buffer.from(head.subarray(8, 10)).readUInt16LE(0);
  const dataAt = (wide ? 12 : 10) + length;
  if (dataAt > sizeBytes) return cutOff('it is truncated: its NumPy header is incomplete');
  const header = ascii(head, wide ? 12 : 10, length);
  if (!header.includes("'descr'") || !header.includes("'shape'"))
    return 'its NumPy header does not describe an array';
  const expected = arrayBytes(header);
  if (expected === undefined || dataAt + expected === sizeBytes) return undefined;
  const message = `its array needs ${counted(expected, 'byte')}, but the file has ${number(sizeBytes - dataAt)}`;
  return dataAt + expected > sizeBytes ? cutOff(message) : message;
}

/** The size in bytes of a plain array; undefined for object and structured types. */
function arrayBytes(header: string): number | undefined {
  const item = /'descr': *'[<>|=]?([biufcSVmM])(\d{1,6})/.exec(header);
  const shape = /'shape': *\(([\d, ]*)\)/.exec(header);
  if (item === null || shape === null) return undefined;
  const dimensions = (shape[1] ?? '').split(',').filter((one) => one.trim() !== '');
  return dimensions.map(Number).reduce((product, n) => product * n, Number(item[2]));
}

const HDF5 = '\x89HDF\r\n\x1a\n';

/** HDF5: the signature at 0 or at a power of two from 512 on, and a recorded end within the file. */
export function wrongHdf5({ head, sizeBytes }: ContentSample): Flaw | undefined {
  const starts = [0, 512, 1024, 2048, 4096, 8192];
  const at = starts.find((start) => ascii(head, start, 8) === HDF5);
  if (at === undefined) return 'it has no HDF5 signature';
  // Version 2 has the shortest superblock.
  if (sizeBytes < at + 48) return cutOff('it is truncated: too short for HDF5');
  const end = hdf5End(head, at);
  return end === undefined || end <= sizeBytes
    ? undefined
    : cutOff('it is truncated: shorter than its HDF5 superblock says');
}

/** Offset of the end-of-file address by superblock version (HDF5 file format, for 8-byte addresses). */
const HDF5_END_AT = [40, 44, 28, 28];

function hdf5End(head: Uint8Array, at: number): number | undefined {
  const version = head[at + 8] ?? 255;
  const offsetSize = version < 2 ? head[at + 13] : head[at + 9];
  const endAt = HDF5_END_AT[version];
  if (endAt === undefined || offsetSize !== 8 || at !== 0 || head.length < endAt + 8) return undefined;
  return u64(head, endAt);
}

/** safetensors: a JSON header whose data offsets end where the file does. */
export function wrongSafetensors({ head, sizeBytes }: ContentSample): Flaw | undefined {
  if (head.length < 10) return 'it is too short for safetensors';
  const length = u64(head, 0);
  if (length > sizeBytes - 8 || head[8] !== 0x7b) return 'its safetensors header is larger than the file';
  // A header may have 100 MB; one that is larger than the sample cannot be parsed.
  if (length + 8 > head.length) return undefined;
  const end = tensorsEnd(ascii(head, 8, length));
  if (end === undefined) return 'its safetensors header does not parse';
  return 8 + length + end === sizeBytes
    ? undefined
    : cutOff('it is truncated: its tensors do not end at the end of the file');
}

function tensorsEnd(json: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const ends = Object.values(parsed).map((tensor: unknown) => {
      const offsets = (tensor as { data_offsets?: unknown } | null)?.data_offsets;
      return Array.isArray(offsets) && typeof offsets[1] === 'number' ? offsets[1] : 0;
    });
    return Math.max(0, ...ends);
  } catch {
    return undefined;
  }
}
