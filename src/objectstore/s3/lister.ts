import { compareUtf8 } from '../../core/bytes.js';
import { Failure } from '../../core/failure.js';
import { counted } from '../../core/pluralize.js';
import type { StoreOptions } from '../options.js';
import type { ListPage, ListRange, ObjectInfo, StoreLister } from '../port.js';
import { type FetchedPage, fetchPage } from './list-page.js';
import { Session } from './session.js';

export interface S3Place {
  url: string;
  bucket: string;
  prefix: string;
}

/** Protects against a server that sends empty pages forever. */
const MAX_EMPTY_PAGES = 1000;

/** Lists a bucket with ListObjectsV2. Every method makes one attempt; a decorator retries. */
export class S3Lister implements StoreLister {
  readonly url: string;
  readonly prefix: string;
  protected readonly bucket: string;
  protected readonly session: Session;
  #requests = 0;

  constructor(place: S3Place, options: StoreOptions = {}) {
    this.url = place.url;
    this.prefix = place.prefix;
    this.bucket = place.bucket;
    this.session = new Session(place.bucket, options);
  }

  get requests(): number {
    return this.#requests;
  }

  urlOf(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }

  async *list(range: ListRange = {}): AsyncIterable<ListPage> {
    let last = range.startAfter;
    let token: string | undefined;
    let emptyPages = 0;
    for (;;) {
      const page = await this.#fetch(
        token === undefined ? startOf(range) : { 'continuation-token': token },
        range.signal,
      );
      last = this.#checkOrder(page.objects, last);
      const cut = cutAt(page.objects, range.endAt);
      yield { objects: cut.objects, serverTimeMs: page.serverTimeMs };
      if (cut.ended || !page.truncated) return;
      emptyPages = page.objects.length === 0 ? emptyPages + 1 : 0;
      token = this.#nextToken(page, token, emptyPages);
    }
  }

  async children(
    prefix: string,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ prefixes: string[]; keys: string[]; truncated: boolean }> {
    const query = { prefix, delimiter: '/', 'max-keys': String(limit) };
    const page = await this.#fetch(query, signal);
    // The placeholder object of the folder itself is not below the folder.
    const keys = page.objects.map((object) => object.key).filter((key) => key !== prefix);
    return { prefixes: page.prefixes, keys, truncated: page.truncated };
  }

  /** Lists a single key, which needs no permission beyond that to list. */
  async lookUp(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    const page = await this.#fetch({ prefix: key, 'max-keys': '1' }, signal);
    return page.objects.find((object) => object.key === key);
  }

  #fetch(query: Record<string, string>, signal: AbortSignal | undefined): Promise<FetchedPage> {
    const count = (): void => {
      this.#requests += 1;
    };
    const request = {
      method: 'GET' as const,
      query: { 'encoding-type': 'url', 'list-type': '2', prefix: this.prefix, ...query },
      subject: this.url,
      signal,
    };
    return fetchPage(this.session, request, count);
  }

  /** Returns the last key. @throws Failure `store.listing_broken` */
  #checkOrder(objects: ObjectInfo[], before: string | undefined): string | undefined {
    let last = before;
    for (const { key } of objects) {
      if (!key.startsWith(this.prefix))
        throw this.#broken(`it names ${JSON.stringify(key)}, outside the prefix`);
      if (last !== undefined && compareUtf8(key, last) <= 0) {
        throw this.#broken(`it goes backward, from ${JSON.stringify(last)} to ${JSON.stringify(key)}`);
      }
      last = key;
    }
    return last;
  }

  #nextToken(page: FetchedPage, token: string | undefined, emptyPages: number): string {
    if (page.token === undefined) throw this.#broken('it is truncated but has no continuation token');
    if (page.token === token) throw this.#broken('it repeats a continuation token');
    if (emptyPages >= MAX_EMPTY_PAGES)
      throw this.#broken(`${counted(emptyPages, 'page')} in a row had no keys`);
    return page.token;
  }

  #broken(what: string): Failure {
    return new Failure('store.listing_broken', `the listing of ${this.url} cannot be trusted: ${what}`, {
      hint: 'the server or a proxy in front of it is at fault; this listing was not used',
    });
  }
}

function startOf(range: ListRange): Record<string, string> {
  return range.startAfter === undefined ? {} : { 'start-after': range.startAfter };
}

function cutAt(objects: ObjectInfo[], endAt: string | undefined): { objects: ObjectInfo[]; ended: boolean } {
  const last = objects.at(-1);
  if (endAt === undefined || last === undefined || compareUtf8(last.key, endAt) < 0) {
    return { objects, ended: false };
  }
  return { objects: objects.filter((object) => compareUtf8(object.key, endAt) <= 0), ended: true };
}
