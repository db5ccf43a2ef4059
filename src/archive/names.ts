import { Buffer } from 'node:buffer';

/** The maximum length of a member name or link target, in bytes: sixteen times what Linux can open. */
export const MAX_NAME_BYTES = 65_536;

const NOT_UTF8 = '\ufffd';
const LONE_SURROGATE = /\p{Cs}/u;
const strict = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a member name. Bytes that are not UTF-8 become lone surrogates U+DC80..U+DCFF, one per byte (like Python's
 * `surrogateescape`), so that `encodeName` returns exactly the original bytes.
 */
export function decodeName(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (!text.includes(NOT_UTF8)) return text;
  return isUtf8(bytes) ? text : decodeEscaping(bytes);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + (bytes[at] as number));
      at += 1;
    } else {
      text += Buffer.from(bytes.subarray(at, at + length)).toString('utf8');
      at += length;
    }
  }
  return text;
}

/** The length of the UTF-8 sequence at `at`; 0 if it is invalid. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

/** The bytes of a name; the inverse of `decodeName`. */
export function encodeName(name: string): Uint8Array {
  if (!LONE_SURROGATE.test(name)) return Buffer.from(name, 'utf8');
  const parts: Uint8Array[] = [];
  for (const char of name) {
    const unit = char.charCodeAt(0);
    const escaped = char.length === 1 && unit >= 0xdc80 && unit <= 0xdcff;
    parts.push(escaped ? Uint8Array.of(unit - 0xdc00) : Buffer.from(char, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Removes all leading `./` and trailing slashes, for comparing names. */
export function normaliseName(name: string): string {
  return name.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
}
