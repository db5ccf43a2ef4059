import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, sendResponse } from './answer.js';
import { type Call, parseCall } from './call.js';
import type { Catalog } from './catalog.js';
import { operations, type World } from './operations.js';
import { errorAnswer, S3Error } from './s3-error.js';
import { type Credentials, verifySignature } from './sigv4.js';

export interface S3ServerOptions {
  buckets?: Record<string, Catalog>;
  credentials?: Credentials;
  region?: string;
  /** The server's clock, for object dates, response dates and signature checks. */
  now?: () => number;
  /** Maximum keys per page; default 1000, as in S3. */
  pageSize?: number;
  emptyLastPage?: boolean;
  /** Called for every validly signed request; tests use it to inject faults. */
  intercept?: (call: Call, answer: () => Promise<Answer>) => Promise<Answer>;
}

export interface S3Server {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly region: string;
  readonly buckets: Map<string, Catalog>;
  /** Number of requests per operation. */
  readonly counts: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export const DEMO_CREDENTIALS: Credentials = {
  accessKeyId: 'salvor-demo',
  secretAccessKey: 'salvor-demo-secret',
};

/** Starts an S3 server on a free port of the loopback interface. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const now = options.now ?? Date.now;
  const credentials = options.credentials ?? DEMO_CREDENTIALS;
  const region = options.region ?? 'us-east-1';
  const counts = new Map<string, number>();
  const buckets = new Map(Object.entries(options.buckets ?? {}));
  const settings = { pageSize: options.pageSize ?? 1000, emptyLastPage: options.emptyLastPage ?? false };
  const serve = operations({ buckets, settings, region, now } satisfies World);
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const call = parseCall(request);
    counts.set(call.operation, (counts.get(call.operation) ?? 0) + 1);
    verifySignature(call, credentials, region, now());
    return options.intercept ? options.intercept(call, () => safely(serve(call))) : serve(call);
  };
  const server = createServer((request, response) => {
    response.setHeader('date', new Date(now()).toUTCString());
    response.setHeader('x-amz-request-id', 'demo');
    handle(request, response, answer).catch(() => response.destroy());
  });
  const endpoint = await listen(server);
  return { endpoint, credentials, region, buckets, counts, close: () => close(server) };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: IncomingMessage) => Promise<Answer>,
): Promise<void> {
  const reply = await safely(answer(request));
  // Drain an unread body; otherwise it would be parsed as the next request.
  request.resume();
  await sendResponse(response, reply, request.method !== 'HEAD');
}

function safely(answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((error: unknown) =>
    errorAnswer(error instanceof S3Error ? error : new S3Error('InternalError', String(error))),
  );
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
