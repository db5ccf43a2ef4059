import { parseStoreUrl } from '../core/store-url.js';
import type { StoreOptions } from './options.js';
import { originOf } from './s3/origin.js';

/** The server of a store. A bucket with the same name on another server is another store. */
export interface StoreEndpoint {
  /**
   * `aws`, `aws-cn`, … for Amazon, where bucket names are unique; otherwise the server's origin; `file` for a
   * directory.
   */
  readonly endpoint: string;
  /** The region for signing requests; null for a directory. */
  readonly region: string | null;
}

/**
 * Determines where a store is, as requests would: by flags, configuration, environment and profile. Nothing is sent.
 * @throws Failure `store.no_credentials`, `store.refused`, `store.bad_settings`
 */
export async function endpointOf(url: string, options: StoreOptions): Promise<StoreEndpoint> {
  const place = parseStoreUrl(url);
  switch (place.kind) {
    case 'file':
      return { endpoint: 'file', region: null };
    case 's3':
      return s3Endpoint(place.bucket, options);
  }
}

async function s3Endpoint(bucket: string, options: StoreOptions): Promise<StoreEndpoint> {
  const { resolveSite } = await import('./s3/site.js');
  const { protocol, hostname, port, region } = await resolveSite(bucket, options);
  const amazon = /(?:^|\.)amazonaws\.com(\.[a-z]+)?$/.exec(hostname);
  if (amazon !== null) return { endpoint: `aws${amazon[1]?.replace('.', '-') ?? ''}`, region };
  const host = hostname.startsWith(`${bucket}.`) ? hostname.slice(bucket.length + 1) : hostname;
  return { endpoint: originOf({ protocol, hostname: host.toLowerCase(), port }), region };
}

/**
 * Describes how a store is reached and which settings determine that; undefined for a directory.
 * @throws Failure `store.*`
 */
export async function endpointText(url: string, options: StoreOptions): Promise<string | undefined> {
  const place = parseStoreUrl(url);
  switch (place.kind) {
    case 'file':
      return undefined;
    case 's3': {
      const { explainSite } = await import('./s3/explain.js');
      return explainSite(place.bucket, options);
    }
  }
}
