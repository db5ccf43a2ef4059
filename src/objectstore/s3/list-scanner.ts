import type { ObjectInfo } from '../port.js';
import { ByteText, decodeText } from './xml-text.js';

/** What a `ListBucketResult` document says. */
export interface ListDocument {
  objects: ObjectInfo[];
  /** Common prefixes. */
  prefixes: string[];
  truncated: boolean;
  token?: string;
}

/** The document is not a complete, well-formed `ListBucketResult`. */
export class ListSyntaxError extends Error {}

/** Real documents are three elements deep, four with an owner; deeper ones are hostile. */
const MAX_DEPTH = 16;

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const SPACE = 0x20;

const NAMES = {
  root: new ByteText('ListBucketResult'),
  contents: new ByteText('Contents'),
  common: new ByteText('CommonPrefixes'),
  prefix: new ByteText('Prefix'),
  key: new ByteText('Key'),
  size: new ByteText('Size'),
  etag: new ByteText('ETag'),
  modified: new ByteText('LastModified'),
  truncated: new ByteText('IsTruncated'),
  token: new ByteText('NextContinuationToken'),
  encoding: new ByteText('EncodingType'),
} as const;

/**
 * Reads a page of ListObjectsV2 straight from its bytes: one pass, no tree, no strings but the keys and ETags. Tags
 * must nest and match, values must be there, and the document must end where it says; elements it does not know are
 * passed over. Doctypes and CDATA, which no S3 server sends, are refused.
 * @throws ListSyntaxError
 */
export function scanListDocument(xml: Buffer): ListDocument {
  return new Scanner(xml).scan();
}

class Scanner {
  readonly #xml: Buffer;
  #at = 0;
  #depth = 0;
  /** Where the names of the open elements start and end in the document. */
  readonly #nameStarts = new Int32Array(MAX_DEPTH + 1);
  readonly #nameEnds = new Int32Array(MAX_DEPTH + 1);
  #textStart = 0;
  /** The last tag opened an element, so that what follows it up to its end is its whole text. */
  #leaf = false;
  #closed = false;

  readonly #objects: ObjectInfo[] = [];
  /** Where each object's key stands, in pairs: the encoding may be named after the keys. */
  readonly #keys: number[] = [];
  readonly #commons: number[] = [];
  #url = false;
  #truncated: boolean | undefined;
  #token: string | undefined;

  #keyStart = -1;
  #keyEnd = -1;
  #sizeBytes = -1;
  #modifiedMs = Number.NaN;
  #etag: string | undefined;

  constructor(xml: Buffer) {
    this.#xml = xml;
  }

  scan(): ListDocument {
    const xml = this.#xml;
    const length = xml.length;
    let at = 0;
    while (at < length) {
      if (xml[at] !== LT) {
        at += 1;
        continue;
      }
      this.#at = at + 1;
      const next = xml[at + 1];
      if (next === SLASH) this.#close(at);
      else if (next === QUESTION || next === BANG) this.#skipMarkup();
      else this.#open();
      at = this.#at;
    }
    return this.#result();
  }

  #result(): ListDocument {
    if (!this.#closed) throw new ListSyntaxError('the document breaks off');
    if (this.#truncated === undefined) throw new ListSyntaxError('it does not say whether there is more');
    const [objects, keys] = [this.#objects, this.#keys];
    for (let i = 0; i < objects.length; i += 1) {
      const object = objects[i];
      if (object !== undefined) object.key = this.#text(keys[2 * i], keys[2 * i + 1], this.#url);
    }
    const prefixes: string[] = [];
    for (let i = 0; i < this.#commons.length; i += 2) {
      prefixes.push(this.#text(this.#commons[i], this.#commons[i + 1], this.#url));
    }
    const document: ListDocument = { objects, prefixes, truncated: this.#truncated };
    if (this.#token !== undefined && this.#token !== '') document.token = this.#token;
    return document;
  }

  #open(): void {
    if (this.#closed) throw new ListSyntaxError('something follows the document');
    const xml = this.#xml;
    const nameStart = this.#at;
    let at = nameStart;
    while (at < xml.length && isNameByte(xml[at] ?? 0)) at += 1;
    const nameEnd = at;
    if (nameEnd === nameStart) throw new ListSyntaxError('a tag has no name');
    at = this.#tagEnd(at);
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new ListSyntaxError('elements nest too deeply');
    this.#nameStarts[this.#depth] = nameStart;
    this.#nameEnds[this.#depth] = nameEnd;
    if (this.#depth === 1 && !NAMES.root.is(xml, nameStart, nameEnd)) {
      throw new ListSyntaxError('it is no ListBucketResult');
    }
    this.#at = at + 1;
    this.#textStart = at + 1;
    this.#leaf = true;
    if (xml[at - 1] === SLASH) this.#end(at + 1);
  }

  /** The position of the `>` that ends a tag; attribute values may hold one. */
  #tagEnd(from: number): number {
    const xml = this.#xml;
    let quote = 0;
    for (let at = from; at < xml.length; at += 1) {
      const byte = xml[at] ?? 0;
      if (quote !== 0) quote = byte === quote ? 0 : quote;
      else if (byte === GT) return at;
      else if (byte === 0x22 || byte === 0x27) quote = byte;
      else if (byte === LT) break;
    }
    throw new ListSyntaxError('a tag breaks off');
  }

  #close(textEnd: number): void {
    const xml = this.#xml;
    const start = this.#nameStarts[this.#depth] ?? 0;
    const length = (this.#nameEnds[this.#depth] ?? 0) - start;
    let at = textEnd + 2;
    if (this.#depth === 0) throw new ListSyntaxError('a tag closes that was never opened');
    for (let i = 0; i < length; i += 1, at += 1) {
      if (xml[at] !== xml[start + i]) throw new ListSyntaxError('tags do not match');
    }
    while (xml[at] !== undefined && (xml[at] ?? 0) <= SPACE) at += 1;
    if (xml[at] !== GT) throw new ListSyntaxError('tags do not match');
    this.#at = at + 1;
    this.#end(textEnd);
  }

  /** An element has ended, and its text with it at `textEnd`. */
  #end(textEnd: number): void {
    const depth = this.#depth;
    const isLeaf = this.#leaf;
    this.#leaf = false;
    this.#depth = depth - 1;
    if (depth === 3) this.#endOfField(isLeaf, textEnd);
    else if (depth === 2) this.#endOfEntry(isLeaf, textEnd);
    else if (depth === 1) this.#closed = true;
  }

  #endOfField(isLeaf: boolean, textEnd: number): void {
    const xml = this.#xml;
    const start = this.#nameStarts[3] ?? 0;
    const end = this.#nameEnds[3] ?? 0;
    if (!isLeaf) return;
    if (this.#inside(NAMES.contents)) {
      if (NAMES.key.is(xml, start, end)) {
        this.#keyStart = this.#textStart;
        this.#keyEnd = textEnd;
      } else if (NAMES.size.is(xml, start, end)) this.#sizeBytes = parseSize(xml, this.#textStart, textEnd);
      else if (NAMES.modified.is(xml, start, end)) this.#modifiedMs = this.#date(this.#textStart, textEnd);
      else if (NAMES.etag.is(xml, start, end)) this.#etag = this.#unquoted(this.#textStart, textEnd);
    } else if (this.#inside(NAMES.common) && NAMES.prefix.is(xml, start, end)) {
      this.#commons.push(this.#textStart, textEnd);
    }
  }

  #inside(name: ByteText): boolean {
    return name.is(this.#xml, this.#nameStarts[2] ?? 0, this.#nameEnds[2] ?? 0);
  }

  #endOfEntry(isLeaf: boolean, textEnd: number): void {
    if (this.#inside(NAMES.contents)) this.#endOfContents();
    else if (!isLeaf) return;
    else if (this.#inside(NAMES.truncated)) this.#truncated = this.#boolean(textEnd);
    else if (this.#inside(NAMES.token)) this.#token = this.#text(this.#textStart, textEnd, false);
    else if (this.#inside(NAMES.encoding)) {
      this.#url = this.#text(this.#textStart, textEnd, false).toLowerCase() === 'url';
    }
  }

  #endOfContents(): void {
    if (this.#keyStart < 0 || this.#sizeBytes < 0 || Number.isNaN(this.#modifiedMs)) {
      throw new ListSyntaxError('an object lacks its key, size or date');
    }
    const object: ObjectInfo = { key: '', sizeBytes: this.#sizeBytes, lastModifiedMs: this.#modifiedMs };
    if (this.#etag !== undefined && this.#etag !== '') object.etag = this.#etag;
    this.#objects.push(object);
    this.#keys.push(this.#keyStart, this.#keyEnd);
    this.#keyStart = -1;
    this.#sizeBytes = -1;
    this.#modifiedMs = Number.NaN;
    this.#etag = undefined;
  }

  #boolean(textEnd: number): boolean {
    const text = this.#text(this.#textStart, textEnd, false).trim();
    if (text !== 'true' && text !== 'false')
      throw new ListSyntaxError('IsTruncated is neither true nor false');
    return text === 'true';
  }

  #text(start = 0, end = 0, url = false): string {
    const text = decodeText(this.#xml, start, end, url);
    if (text === undefined) throw new ListSyntaxError('a text is not valid encoding');
    return text;
  }

  #unquoted(start: number, end: number): string {
    const xml = this.#xml;
    // The usual form, `&quot;…&quot;`, without the detour over the entities.
    if (end - start > 12 && xml[start] === 0x26 && xml[start + 1] === 0x71 && xml[end - 1] === 0x3b) {
      const inner = xml.indexOf(0x26, start + 6);
      if (inner === end - 6) return xml.toString('latin1', start + 6, inner);
    }
    return this.#text(start, end, false).replace(/^"|"$/g, '');
  }

  #date(start: number, end: number): number {
    const ms = parseDate(this.#xml, start, end);
    return Number.isNaN(ms) ? Date.parse(this.#text(start, end, false)) : ms;
  }

  /** `<?…?>` and `<!--…-->`; both end at the first of their terminators. */
  #skipMarkup(): void {
    const xml = this.#xml;
    const isComment = xml.toString('latin1', this.#at, this.#at + 3) === '!--';
    if (xml[this.#at] === BANG && !isComment) throw new ListSyntaxError('a doctype or CDATA is refused');
    const end = xml.indexOf(isComment ? '-->' : '?>', this.#at + (isComment ? 3 : 1), 'latin1');
    if (end < 0) throw new ListSyntaxError('the document breaks off');
    this.#at = end + (isComment ? 3 : 2);
    this.#leaf = false;
  }
}

function isNameByte(byte: number): boolean {
  return byte > SPACE && byte !== SLASH && byte !== GT && byte !== LT;
}

function parseSize(xml: Buffer, start: number, end: number): number {
  let value = 0;
  if (end === start || end - start > 15) throw new ListSyntaxError('a size is no number');
  for (let at = start; at < end; at += 1) {
    const digit = (xml[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw new ListSyntaxError('a size is no number');
    value = value * 10 + digit;
  }
  return value;
}

/** `2026-04-24T12:34:56.789Z`, the fraction being optional; NaN for any other form. */
function parseDate(xml: Buffer, start: number, end: number): number {
  const length = end - start;
  if ((length !== 20 && length !== 24) || xml[end - 1] !== 0x5a || xml[start + 10] !== 0x54)
    return Number.NaN;
  const digits = (offset: number, count: number): number => {
    let value = 0;
    for (let at = start + offset; at < start + offset + count; at += 1) {
      const digit = (xml[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return Number.NaN;
      value = value * 10 + digit;
    }
    return value;
  };
  const ms = length === 24 ? digits(20, 3) : 0;
  return Date.UTC(
    digits(0, 4),
    digits(5, 2) - 1,
    digits(8, 2),
    digits(11, 2),
    digits(14, 2),
    digits(17, 2),
    ms,
  );
}
