/** A name to compare with bytes of a document without creating a string. */
export class ByteText {
  readonly #bytes: Uint8Array;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'latin1');
  }

  is(xml: Buffer, start: number, end: number): boolean {
    const bytes = this.#bytes;
    if (end - start !== bytes.length) return false;
    for (let i = 0; i < bytes.length; i += 1) if (xml[start + i] !== bytes[i]) return false;
    return true;
  }
}

const AMPERSAND = 0x26;
const PERCENT = 0x25;
const PLUS = 0x2b;

// A key may begin with U+FEFF, which is then part of the key and not a byte order mark.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes character data: resolves entities and, with `url`, decodes percent-encoding and plus signs. Undefined if it
 * is invalid: an unknown entity, a lone `%`, or bytes that are not UTF-8.
 */
export function decodeXmlText(xml: Buffer, start: number, end: number, url: boolean): string | undefined {
  let seen = 0;
  for (let at = start; at < end; at += 1) {
    const byte = xml[at] ?? 0;
    if (byte >= 0x80 || byte === AMPERSAND) seen |= byte === AMPERSAND ? 2 : 1;
    else if (url && (byte === PERCENT || byte === PLUS)) seen |= 4;
  }
  // toString copies the bytes; a slice of a larger string would keep the whole page in memory.
  if (seen === 0) return xml.toString('latin1', start, end);
  try {
    if ((seen & 2) === 0)
      return UTF8.decode(seen & 4 ? percentDecode(xml, start, end) : xml.subarray(start, end));
    const text = resolveEntities(UTF8.decode(xml.subarray(start, end)));
    const bytes = Buffer.from(text);
    return url ? UTF8.decode(percentDecode(bytes, 0, bytes.length)) : text;
  } catch (error) {
    if (error instanceof InvalidText || error instanceof TypeError) return undefined;
    throw error;
  }
}

class InvalidText extends Error {}

function percentDecode(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const decoded = new Uint8Array(end - start);
  let length = 0;
  for (let at = start; at < end; at += 1) {
    let byte = bytes[at] ?? 0;
    if (byte === PLUS) byte = 0x20;
    else if (byte === PERCENT) {
      const high = hex(bytes[at + 1]);
      const low = hex(bytes[at + 2]);
      if (high < 0 || low < 0 || at + 2 >= end) throw new InvalidText();
      byte = high * 16 + low;
      at += 2;
    }
    decoded[length] = byte;
    length += 1;
  }
  return decoded.subarray(0, length);
}

function hex(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * The five XML entities and character references, including control characters: XML 1.0 forbids them, but S3 sends
 * them.
 */
function resolveEntities(text: string): string {
  return text.replace(/&([^;&]{0,10};?)/g, (_whole, body: string) => {
    const name = body.endsWith(';') ? body.slice(0, -1) : '';
    const named = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (named !== undefined) return named;
    const digits = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
    const point =
      digits?.[1] !== undefined ? Number.parseInt(digits[1], 16) : Number(digits?.[2] ?? Number.NaN);
    if (!(point <= 0x10ffff) || (point >= 0xd800 && point <= 0xdfff)) throw new InvalidText();
    return String.fromCodePoint(point);
  });
}
