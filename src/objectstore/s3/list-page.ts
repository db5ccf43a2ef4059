import { TransientFailure } from '../transient.js';
import { connectionFailure } from './connection-failure.js';
import { type ListDocument, scanListDocument } from './list-scanner.js';
import type { S3Request, Session } from './session.js';
import { atUsefulSpeed } from './speed-floor.js';
import { XmlSyntaxError } from './xml-scanner.js';

export interface FetchedPage extends ListDocument {
  serverTimeMs: number;
}

/** 5,000 keys of 1,024 bytes, each byte as `%XX`, with dates and ETags, take 17 MB. A real page is never larger. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024;

/**
 * Reads one page. A truncated or malformed document is `store.listing_broken`, but is retried, because a faulty proxy
 * may have caused it.
 */
export async function fetchPage(
  session: Session,
  request: S3Request,
  onSend: () => void,
): Promise<FetchedPage> {
  const response = await session.request(request, onSend);
  const xml = await readPage(atUsefulSpeed(response, session.idleTimeoutMs, request.subject), request);
  const sentMs = Date.parse(response.headers.date ?? '');
  try {
    return { ...scanListDocument(xml), serverTimeMs: Number.isNaN(sentMs) ? Date.now() : sentMs };
  } catch (error) {
    if (!(error instanceof XmlSyntaxError)) throw error;
    throw broken(request.subject, `the response is not a listing: ${error.message}`);
  }
}

async function readPage(body: AsyncIterable<Buffer>, request: S3Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_PAGE_BYTES) throw broken(request.subject, 'a page is larger than any valid one');
      chunks.push(chunk);
    }
  } catch (error) {
    request.signal?.throwIfAborted();
    throw connectionFailure(error, request.subject);
  }
  return Buffer.concat(chunks, sizeBytes);
}

function broken(subject: string, what: string): TransientFailure {
  return new TransientFailure(
    'store.listing_broken',
    `the listing of ${subject} cannot be trusted: ${what}`,
    {
      hint: 'the server or a proxy in front of it is at fault; this listing was not used',
    },
  );
}
