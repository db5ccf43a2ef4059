import type { Answer } from '../../src/demo/s3/answer.js';
import type { Call } from '../../src/demo/s3/call.js';
import { errorAnswer, S3Error } from '../../src/demo/s3/s3-error.js';
import { type S3Server, type S3ServerOptions, startS3Server } from '../../src/demo/s3/server.js';

export { syntheticCatalog } from '../../src/demo/s3/catalog.js';
export { MemoryCatalog } from '../../src/demo/s3/memory-catalog.js';
export type { S3Server } from '../../src/demo/s3/server.js';

/** Changes an answer, or replaces it. `index` counts the calls that the fault has seen, from 0. */
export type Fault = (call: Call, answer: () => Promise<Answer>, index: number) => Promise<Answer>;

export interface TestS3Server extends S3Server {
  /** Breaks calls of one operation from now on, until it is called again; `undefined` ends the fault. */
  fault(operation: string, fault: Fault | undefined): void;
  /** The calls answered so far, newest last; at most 10,000. */
  readonly calls: Call[];
}

/** An S3 server on loopback whose answers can be broken. Close it in `afterAll`. */
export async function startTestS3(
  options: S3ServerOptions & { latencyMs?: number } = {},
): Promise<TestS3Server> {
  const faults = new Map<string, { fault: Fault; seen: number }>();
  const calls: Call[] = [];
  const server = await startS3Server({
    ...options,
    intercept: async (call, answer) => {
      if (calls.length < 10_000) calls.push(call);
      if (options.latencyMs !== undefined) await pause(options.latencyMs);
      const planted = faults.get(call.operation);
      if (planted === undefined) return answer();
      planted.seen += 1;
      return planted.fault(call, answer, planted.seen - 1);
    },
  });
  const fault = (operation: string, planted: Fault | undefined): void => {
    if (planted === undefined) faults.delete(operation);
    else faults.set(operation, { fault: planted, seen: 0 });
  };
  return Object.assign(server, { fault, calls });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Environment in which a process, or the SDK's own chain, finds the server and its credentials. */
export function s3Environment(server: S3Server): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: server.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

/** The faults of real stores. Each is for calls whose index is in `[from, to)`; by default all. */
export const faults = {
  error(
    code: string,
    times = Number.POSITIVE_INFINITY,
    more: ConstructorParameters<typeof S3Error>[2] = {},
  ): Fault {
    return only(times, async () => errorAnswer(new S3Error(code, code, more)));
  },
  /** The connection breaks after this many bytes of the body. */
  breakOff(afterBytes: number, how: 'reset' | 'close', times = Number.POSITIVE_INFINITY): Fault {
    return only(times, async (answer) => ({ ...answer, breakOff: { afterBytes, how } }));
  },
  /** The document is changed, and its length with it: nothing but its content is wrong. */
  document(change: (xml: string) => string, times = Number.POSITIVE_INFINITY): Fault {
    return only(times, async (answer) => ({ ...answer, body: Buffer.from(change(String(answer.body))) }));
  },
  header(name: string, value: string): Fault {
    return only(Number.POSITIVE_INFINITY, async (answer) => ({
      ...answer,
      headers: { ...answer.headers, [name]: value },
    }));
  },
  /** A body that arrives in pieces of this many bytes, each in its own turn. */
  pieces(bytes: number): Fault {
    return only(Number.POSITIVE_INFINITY, async (answer) => ({
      ...answer,
      body: inPieces(answer.body, bytes),
    }));
  },
} as const;

function only(times: number, change: (answer: Answer) => Promise<Answer>): Fault {
  return async (_call, answer, index) => (index < times ? change(await answer()) : answer());
}

async function* inPieces(body: Answer['body'], bytes: number): AsyncIterable<Uint8Array> {
  const chunks = Buffer.isBuffer(body) ? [body] : body;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += bytes) {
      yield chunk.subarray(at, at + bytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
