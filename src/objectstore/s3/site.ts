import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { Failure } from '../../core/failure.js';
import type { StoreOptions } from '../options.js';

/** Where a bucket is reached, and how requests to it are signed. */
export interface Site {
  protocol: string;
  hostname: string;
  port?: number;
  /** Ends in the bucket's name where the endpoint wants it there. */
  path: string;
  region: string;
  /** The headers to send, the signature among them. @throws Failure `store.no_credentials` */
  sign(request: Signable): Promise<Record<string, string>>;
}

interface Signable {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  date: Date;
}

interface ResolvedRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
}

/** What the chain says when nobody named a region, and what most servers other than Amazon's go by. */
const DEFAULT_REGION = 'us-east-1';

/** Asks the AWS SDK, which is loaded only here, and only when a bucket is used. */
export async function resolveSite(bucket: string, options: StoreOptions): Promise<Site> {
  // The notice about Node versions is for developers; to an operator it is noise on stderr.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { S3Client, HeadBucketCommand } = await import('@aws-sdk/client-s3');
  const config = clientConfig(options);
  let client = new S3Client(config);
  const region = await client.config.region().catch(() => {
    client = new S3Client({ ...config, region: DEFAULT_REGION });
    return DEFAULT_REGION;
  });
  const endpoint = await captureEndpoint(client, (probe) =>
    probe.send(new HeadBucketCommand({ Bucket: bucket })),
  );
  const signer = await client.config.signer();
  const site: Site = {
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path: endpoint.path,
    region,
    sign: async ({ date, ...rest }) => {
      try {
        const signed = await signer.sign(
          { ...endpoint, ...rest },
          { signingDate: date, signingRegion: region },
        );
        return signed.headers;
      } catch (error) {
        throw credentialFailure(error);
      }
    },
  };
  if (endpoint.port !== undefined) site.port = endpoint.port;
  return site;
}

function clientConfig(options: StoreOptions): S3ClientConfig {
  const { env } = process;
  const region = options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  const named = options.endpointUrl ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  return {
    forcePathStyle: options.pathStyle ?? named !== undefined,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...(region ? { region } : {}),
    ...(options.endpointUrl === undefined ? {} : { endpoint: options.endpointUrl }),
  };
}

/** Lets the SDK build a request for the bucket, takes its address, and sends nothing. */
async function captureEndpoint(
  client: S3Client,
  send: (client: S3Client) => Promise<unknown>,
): Promise<ResolvedRequest> {
  let captured: ResolvedRequest | undefined;
  client.middlewareStack.add(
    () => async (args) => {
      captured = args.request as ResolvedRequest;
      return { response: undefined, output: { $metadata: {} } };
    },
    { step: 'build', priority: 'low', name: 'captureEndpoint' },
  );
  try {
    await send(client);
  } catch (error) {
    if (error instanceof Error && error.name === 'CredentialsProviderError') throw credentialFailure(error);
    throw new Failure('store.refused', `no endpoint for this bucket: ${reason(error)}`, {
      hint: 'check the bucket name, the region and the endpoint url',
      cause: error,
    });
  }
  if (captured === undefined) throw new Error('the SDK built no request');
  const { protocol, hostname, port, path } = captured;
  return port === undefined ? { protocol, hostname, path } : { protocol, hostname, port, path };
}

function credentialFailure(error: unknown): Failure {
  return new Failure('store.no_credentials', `no AWS credentials: ${reason(error)}`, {
    hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give this host a role',
    cause: error,
  });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
