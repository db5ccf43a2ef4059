import type { ByteText } from './xml-text.js';

/** The document is not well-formed, not complete, or not of the expected kind. */
export class XmlSyntaxError extends Error {}

/** Real documents have three levels of elements, or four with an owner; deeper ones are hostile. */
const MAX_DEPTH = 16;

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const SPACE = 0x20;

/**
 * Scans the bytes of a document tag by tag, without creating a tree or strings. Tags must nest and match, and the
 * document must end with its root element. Doctypes and CDATA, which no S3 server sends, are refused.
 */
export abstract class XmlScanner {
  protected readonly xml: Buffer;
  /** The start of the text of the innermost element. */
  protected textStart = 0;
  #at = 0;
  #depth = 0;
  /** The start and end of the names of the open elements in the document. */
  readonly #nameStarts = new Int32Array(MAX_DEPTH + 1);
  readonly #nameEnds = new Int32Array(MAX_DEPTH + 1);
  /** Whether the last tag opened an element, so that everything up to its end tag is its text. */
  #leaf = false;
  #closed = false;

  constructor(xml: Buffer) {
    this.xml = xml;
  }

  /** Called when an element at this depth (the root has 1) ends. Its text ends at `textEnd`; a leaf has only text. */
  protected abstract ended(depth: number, isLeaf: boolean, textEnd: number): void;

  /** Whether the open or just ended element at this depth has this name. */
  protected isNamed(depth: number, name: ByteText): boolean {
    return name.is(this.xml, this.#nameStarts[depth] ?? 0, this.#nameEnds[depth] ?? 0);
  }

  /** @throws XmlSyntaxError */
  protected walk(): void {
    const xml = this.xml;
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
    if (!this.#closed) throw new XmlSyntaxError('the document breaks off');
  }

  #open(): void {
    if (this.#closed) throw new XmlSyntaxError('there is content after the end of the document');
    const xml = this.xml;
    const nameStart = this.#at;
    let at = nameStart;
    while (at < xml.length && isNameByte(xml[at] ?? 0)) at += 1;
    const nameEnd = at;
    if (nameEnd === nameStart) throw new XmlSyntaxError('a tag has no name');
    at = this.#tagEnd(at);
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new XmlSyntaxError('elements nest too deeply');
    this.#nameStarts[this.#depth] = nameStart;
    this.#nameEnds[this.#depth] = nameEnd;
    this.#at = at + 1;
    this.textStart = at + 1;
    this.#leaf = true;
    if (xml[at - 1] === SLASH) this.#end(at + 1);
  }

  /** The position of the `>` that ends a tag; attribute values may contain `>` too. */
  #tagEnd(from: number): number {
    const xml = this.xml;
    let quote = 0;
    for (let at = from; at < xml.length; at += 1) {
      const byte = xml[at] ?? 0;
      if (quote !== 0) quote = byte === quote ? 0 : quote;
      else if (byte === GT) return at;
      else if (byte === 0x22 || byte === 0x27) quote = byte;
      else if (byte === LT) break;
    }
    throw new XmlSyntaxError('a tag breaks off');
  }

  #close(textEnd: number): void {
    const xml = this.xml;
    const start = this.#nameStarts[this.#depth] ?? 0;
    const length = (this.#nameEnds[this.#depth] ?? 0) - start;
    let at = textEnd + 2;
    if (this.#depth === 0) throw new XmlSyntaxError('an end tag has no start tag');
    for (let i = 0; i < length; i += 1, at += 1) {
      if (xml[at] !== xml[start + i]) throw new XmlSyntaxError('tags do not match');
    }
    while (xml[at] !== undefined && (xml[at] ?? 0) <= SPACE) at += 1;
    if (xml[at] !== GT) throw new XmlSyntaxError('tags do not match');
    this.#at = at + 1;
    this.#end(textEnd);
  }

  /** Ends an element whose text ends at `textEnd`. */
  #end(textEnd: number): void {
    const depth = this.#depth;
    const isLeaf = this.#leaf;
    this.#leaf = false;
    this.#depth = depth - 1;
    this.ended(depth, isLeaf, textEnd);
    if (depth === 1) this.#closed = true;
  }

  /** Skips `<?…?>` and `<!--…-->`, which end at their first terminator. */
  #skipMarkup(): void {
    const xml = this.xml;
    const isComment = xml.toString('latin1', this.#at, this.#at + 3) === '!--';
    if (xml[this.#at] === BANG && !isComment) throw new XmlSyntaxError('a doctype or CDATA is refused');
    const end = xml.indexOf(isComment ? '-->' : '?>', this.#at + (isComment ? 3 : 1), 'latin1');
    if (end < 0) throw new XmlSyntaxError('the document breaks off');
    this.#at = end + (isComment ? 3 : 2);
    this.#leaf = false;
  }
}

function isNameByte(byte: number): boolean {
  return byte > SPACE && byte !== SLASH && byte !== GT && byte !== LT;
}
