import { wrongZip } from './containers.js';
import { cutOff, type Flaw } from './flaw.js';
import type { ContentSample } from './sample.js';

const STOP = 0x2e;
/** The compressors that joblib has: zlib, gzip, bzip2, lzma, xz, lz4. */
const COMPRESSED: readonly (readonly number[])[] = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0x5d, 0x00, 0x00],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x04, 0x22, 0x4d, 0x18],
];

/** pickle and joblib: protocol 2 to 5 up to the STOP opcode, or compressed. Never loaded: loading runs it. */
export function wrongPickle(sample: ContentSample): Flaw | undefined {
  const { head, tail } = sample;
  if (isProtocol(head))
    return tail.at(-1) === STOP
      ? undefined
      : cutOff('it is truncated: the pickle has no STOP opcode at the end');
  if (isZlib(head) || COMPRESSED.some((magic) => magic.every((byte, i) => head[i] === byte)))
    return undefined;
  // Protocols 0 and 1 start with a printable ASCII opcode and also end with STOP.
  const old = /^[(\]}cilLSVINF]/.test(String.fromCharCode(head[0] ?? 0)) && tail.at(-1) === STOP;
  return old ? undefined : 'it has no pickle header';
}

/** What torch.save writes: a zip since 1.6, a pickle before. */
export function wrongTorch(sample: ContentSample): Flaw | undefined {
  const zip = wrongZip(sample);
  if (zip === undefined) return undefined;
  return isProtocol(sample.head) ? undefined : zip;
}

function isProtocol(head: Uint8Array): boolean {
  return head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5;
}

/** RFC 1950: CM 8 and a header that is a multiple of 31. */
function isZlib(head: Uint8Array): boolean {
  const first = head[0] ?? 0;
  return (first & 0x0f) === 8 && first >> 4 <= 7 && ((first << 8) | (head[1] ?? 0)) % 31 === 0;
}
