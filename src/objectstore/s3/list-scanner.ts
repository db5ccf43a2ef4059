import type { ObjectInfo } from '../port.js';
import { parseDate, parseListedSize } from './list-values.js';
import { XmlScanner, XmlSyntaxError } from './xml-scanner.js';
import { ByteText, decodeXmlText } from './xml-text.js';

/** The content of a `ListBucketResult` document. */
export interface ListDocument {
  objects: ObjectInfo[];
  /** Common prefixes. */
  prefixes: string[];
  truncated: boolean;
  token?: string;
}

/** Nearly all objects have this class, so no string is stored for it. */
const STANDARD = new ByteText('STANDARD');

const NAMES = {
  root: new ByteText('ListBucketResult'),
  contents: new ByteText('Contents'),
  common: new ByteText('CommonPrefixes'),
  prefix: new ByteText('Prefix'),
  key: new ByteText('Key'),
  size: new ByteText('Size'),
  etag: new ByteText('ETag'),
  modified: new ByteText('LastModified'),
  storageClass: new ByteText('StorageClass'),
  truncated: new ByteText('IsTruncated'),
  token: new ByteText('NextContinuationToken'),
  encoding: new ByteText('EncodingType'),
} as const;

/**
 * Parses a page of ListObjectsV2 directly from its bytes: in one pass, without a tree, and without strings except keys
 * and ETags. Tags must nest and match, values must be present, and the document must be complete. Unknown elements are
 * skipped. Doctypes and CDATA, which no S3 server sends, are refused.
 * @throws XmlSyntaxError
 */
export function scanListDocument(xml: Buffer): ListDocument {
  return new ListScanner(xml).scan();
}

class ListScanner extends XmlScanner {
  readonly #objects: ObjectInfo[] = [];
  /** The start and end of each object's key, in pairs. Keys are decoded last because the encoding may follow them. */
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
  #storageClass: string | undefined;

  scan(): ListDocument {
    this.walk();
    return this.#result();
  }

  protected override ended(depth: number, isLeaf: boolean, textEnd: number): void {
    if (depth === 3) this.#endOfField(isLeaf, textEnd);
    else if (depth === 2) this.#endOfEntry(isLeaf, textEnd);
    else if (depth === 1 && !this.isNamed(1, NAMES.root))
      throw new XmlSyntaxError('the document is not a ListBucketResult');
  }

  #result(): ListDocument {
    if (this.#truncated === undefined) throw new XmlSyntaxError('IsTruncated is missing');
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

  #endOfField(isLeaf: boolean, textEnd: number): void {
    const xml = this.xml;
    if (!isLeaf) return;
    if (this.isNamed(2, NAMES.contents)) {
      if (this.isNamed(3, NAMES.key)) {
        this.#keyStart = this.textStart;
        this.#keyEnd = textEnd;
      } else if (this.isNamed(3, NAMES.size)) this.#sizeBytes = parseListedSize(xml, this.textStart, textEnd);
      else if (this.isNamed(3, NAMES.modified)) this.#modifiedMs = this.#date(this.textStart, textEnd);
      else if (this.isNamed(3, NAMES.etag)) this.#etag = this.#unquoted(this.textStart, textEnd);
      else if (this.isNamed(3, NAMES.storageClass) && !STANDARD.is(xml, this.textStart, textEnd))
        this.#storageClass = this.#text(this.textStart, textEnd, false);
    } else if (this.isNamed(2, NAMES.common) && this.isNamed(3, NAMES.prefix)) {
      this.#commons.push(this.textStart, textEnd);
    }
  }

  #endOfEntry(isLeaf: boolean, textEnd: number): void {
    if (this.isNamed(2, NAMES.contents)) this.#endOfContents();
    else if (!isLeaf) return;
    else if (this.isNamed(2, NAMES.truncated)) this.#truncated = this.#boolean(textEnd);
    else if (this.isNamed(2, NAMES.token)) this.#token = this.#text(this.textStart, textEnd, false);
    else if (this.isNamed(2, NAMES.encoding)) {
      this.#url = this.#text(this.textStart, textEnd, false).toLowerCase() === 'url';
    }
  }

  #endOfContents(): void {
    if (this.#keyStart < 0 || this.#sizeBytes < 0 || Number.isNaN(this.#modifiedMs)) {
      throw new XmlSyntaxError('an object lacks its key, size or date');
    }
    const object: ObjectInfo = { key: '', sizeBytes: this.#sizeBytes, lastModifiedMs: this.#modifiedMs };
    if (this.#etag !== undefined && this.#etag !== '') object.etag = this.#etag;
    if (this.#storageClass) object.storageClass = this.#storageClass;
    this.#objects.push(object);
    this.#keys.push(this.#keyStart, this.#keyEnd);
    this.#keyStart = -1;
    this.#sizeBytes = -1;
    this.#modifiedMs = Number.NaN;
    this.#etag = undefined;
    this.#storageClass = undefined;
  }

  #boolean(textEnd: number): boolean {
    const text = this.#text(this.textStart, textEnd, false).trim();
    if (text !== 'true' && text !== 'false')
      throw new XmlSyntaxError('IsTruncated is neither true nor false');
    return text === 'true';
  }

  #text(start = 0, end = 0, url = false): string {
    const text = decodeXmlText(this.xml, start, end, url);
    if (text === undefined) throw new XmlSyntaxError('a text has an invalid encoding');
    return text;
  }

  #unquoted(start: number, end: number): string {
    const xml = this.xml;
    // Fast path for the usual form, `&quot;…&quot;`.
    if (end - start > 12 && xml[start] === 0x26 && xml[start + 1] === 0x71 && xml[end - 1] === 0x3b) {
      const inner = xml.indexOf(0x26, start + 6);
      if (inner === end - 6) return xml.toString('latin1', start + 6, inner);
    }
    return this.#text(start, end, false).replace(/^"|"$/g, '');
  }

  #date(start: number, end: number): number {
    const ms = parseDate(this.xml, start, end);
    return Number.isNaN(ms) ? Date.parse(this.#text(start, end, false)) : ms;
  }
}
