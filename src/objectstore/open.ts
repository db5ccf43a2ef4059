import { parseStoreUrl } from '../core/store-url.js';
import { ResumingReader, ResumingWriter } from './decorators/resuming.js';
import { RetryingLister, RetryingReader, RetryingWriter } from './decorators/retrying.js';
import { ThrottledReader, ThrottledWriter } from './decorators/throttled.js';
import { DirectoryLister } from './directory/lister.js';
import { DirectoryReader } from './directory/reader.js';
import { DirectoryWriter } from './directory/writer.js';
import { retryTools, type StoreOptions } from './options.js';
import { PartLister } from './part.js';
import type { StoreLister, StoreReader, StoreWriter } from './port.js';
import { S3Lister } from './s3/lister.js';
import { S3Reader } from './s3/reader.js';
import { S3Writer } from './s3/writer.js';

export type { StoreOptions } from './options.js';

/**
 * Opens `s3://bucket/prefix/` or `file:///dir/` for listing only: the object has no method to read content or to write.
 * Nothing is sent until it is used, and it does not have to be closed.
 * @throws Failure `usage.store_url`
 */
export function openLister(url: string, options: StoreOptions = {}): StoreLister {
  const place = parseStoreUrl(url);
  switch (place.kind) {
    case 'file':
      return new DirectoryLister(place);
    case 's3':
      return new RetryingLister(new S3Lister(place, options), retryTools(options));
  }
}

/**
 * Opens the part `url` of the store `whole` for listing, with the keys that its objects have in the whole store.
 * @throws Failure `usage.store_url`
 */
export function openPart(whole: string, url: string, options: StoreOptions = {}): StoreLister {
  switch (parseStoreUrl(url).kind) {
    // Keys in a bucket are always relative to the bucket.
    case 's3':
      return openLister(url, options);
    case 'file':
      return new PartLister(openLister(whole, options), url);
  }
}

/** Opens a store for listing and reading. @throws Failure `usage.store_url` */
export function openReader(url: string, options: StoreOptions = {}): StoreReader {
  const place = parseStoreUrl(url);
  const tools = retryTools(options);
  switch (place.kind) {
    case 'file':
      return throttle(new DirectoryReader(place), options);
    case 's3':
      return throttle(
        new ResumingReader(new RetryingReader(new S3Reader(place, options), tools), tools),
        options,
      );
  }
}

/** Opens a store for listing, reading and writing. @throws Failure `usage.store_url` */
export function openWriter(url: string, options: StoreOptions = {}): StoreWriter {
  const place = parseStoreUrl(url);
  const rate = options.bytesPerSecond;
  const throttled = (writer: StoreWriter): StoreWriter =>
    rate === undefined ? writer : new ThrottledWriter(writer, rate, retryTools(options).clock);
  const tools = retryTools(options);
  switch (place.kind) {
    case 'file':
      return throttled(new DirectoryWriter(place));
    case 's3':
      return throttled(new ResumingWriter(new RetryingWriter(new S3Writer(place, options), tools), tools));
  }
}

function throttle(reader: StoreReader, options: StoreOptions): StoreReader {
  if (options.bytesPerSecond === undefined) return reader;
  return new ThrottledReader(reader, options.bytesPerSecond, retryTools(options).clock);
}
