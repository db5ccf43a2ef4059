const REPLACEMENT = '\ufffd';
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The name that these bytes stand for: UTF-8, and any byte that is not part of valid UTF-8 as a lone surrogate
 * (U+DC80 to U+DCFF), so that no two names fall together and none matches a name that a registry can hold.
 * `bytes` is one JavaScript character per byte.
 */
export function decodeName(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  try {
    return strict.decode(buffer);
  } catch {
    return decodePiecewise(buffer);
  }
}

function decodePiecewise(buffer: Buffer): string {
  let out = '';
  let at = 0;
  while (at < buffer.length) {
    const length = sequenceLength(buffer[at] ?? 0);
    const piece = buffer.subarray(at, at + length).toString('utf8');
    if (length > 0 && piece.length > 0 && !piece.includes(REPLACEMENT)) {
      out += piece;
      at += length;
    } else if (length === 3 && buffer.subarray(at, at + 3).equals(Buffer.from(REPLACEMENT))) {
      out += REPLACEMENT;
      at += 3;
    } else {
      out += String.fromCharCode(0xdc00 + (buffer[at] ?? 0));
      at += 1;
    }
  }
  return out;
}

/** How many bytes a UTF-8 sequence has that begins with this one; 0 where none can. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

/** The bytes of a name that `decodeName` made. */
export function encodeName(name: string): Buffer {
  if (!/[\udc80-\udcff]/.test(name)) return Buffer.from(name, 'utf8');
  const parts: Buffer[] = [];
  for (const char of name) {
    const unit = char.charCodeAt(0);
    const raw = char.length === 1 && unit >= 0xdc80 && unit <= 0xdcff;
    parts.push(raw ? Buffer.from([unit - 0xdc00]) : Buffer.from(char, 'utf8'));
  }
  return Buffer.concat(parts);
}
