import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { Failure } from '../../core/failure.js';
import type { StoreOptions } from '../options.js';
import { originOf } from './origin.js';
import { type Route, routeTo } from './route.js';
import { type S3Settings, type Setting, s3Settings } from './settings.js';
import { agentFor } from './transport.js';

/** The address of a bucket, and how requests to it are signed. */
export interface Site {
  protocol: string;
  hostname: string;
  port?: number;
  /** Ends with the bucket's name if path-style addressing is used. */
  path: string;
  region: string;
  route: Route;
  /** The settings in effect, each with its source. */
  settings: S3Settings & { region: Setting<string> };
  /** The headers to send, including the signature. @throws Failure `store.no_credentials` */
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

/** The default region, which most servers other than Amazon's also use. */
const DEFAULT_REGION = 'us-east-1';

/** Uses the AWS SDK, which is loaded only here and only when a bucket is used. */
export async function resolveSite(bucket: string, options: StoreOptions): Promise<Site> {
  // The SDK's warning about Node versions is for developers; for operators it is noise on stderr.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { S3Client, HeadBucketCommand } = await import('@aws-sdk/client-s3');
  const found = await s3Settings(options);
  const settings = { ...found, region: found.region ?? { value: DEFAULT_REGION, from: 'default' } };
  const region = settings.region.value;
  const client = new S3Client(clientConfig(settings));
  const endpoint = await captureEndpoint(client, (probe) =>
    probe.send(new HeadBucketCommand({ Bucket: bucket })),
  );
  const signer = await client.config.signer();
  const site: Site = {
    route: routeTo(new URL(originOf(endpoint)), settings),
    settings,
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

function clientConfig(settings: Site['settings']): S3ClientConfig {
  const { endpointUrl, region, pathStyle } = settings;
  // Credentials may come from an Amazon service, through the same proxy and with the same certificates.
  const services = routeTo(new URL(`https://sts.${region.value}.amazonaws.com`), settings);
  return {
    forcePathStyle: pathStyle.value,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    region: region.value,
    requestHandler: { httpsAgent: agentFor(services) },
    ...credentialsOfEnvironment(process.env),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl.value }),
  };
}

/**
 * Keys in environment variables override a profile, as in the AWS CLI. The SDK would use the profile and print a
 * warning.
 */
function credentialsOfEnvironment(env: NodeJS.ProcessEnv): Pick<S3ClientConfig, 'credentials'> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!env.AWS_PROFILE || !accessKeyId || !secretAccessKey) return {};
  const { AWS_SESSION_TOKEN: sessionToken } = env;
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } };
}

/** Lets the SDK build a request for the bucket and reads its address; nothing is sent. */
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
