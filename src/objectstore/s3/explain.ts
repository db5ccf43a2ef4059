import type { StoreOptions } from '../options.js';
import { originOf } from './origin.js';
import { resolveSite } from './site.js';

/**
 * Describes how a bucket is reached and which settings determine that. No password is included.
 * @throws Failure `store.*`
 */
export async function explainSite(bucket: string, options: StoreOptions): Promise<string> {
  const site = await resolveSite(bucket, options);
  const { protocol, settings, route } = site;
  const { endpointUrl, region, pathStyle, caBundle } = settings;
  const { NODE_EXTRA_CA_CERTS: extra } = process.env;
  const parts = [
    `endpoint ${originOf(site)} (${endpointUrl?.from ?? 'AWS'})`,
    `region ${region.value} (${region.from})`,
    `${pathStyle.value ? 'path' : 'virtual'} style (${pathStyle.from})`,
    ...(protocol === 'https:' && caBundle !== undefined
      ? [`certificates from ${caBundle.value} (${caBundle.from})`]
      : []),
    ...(protocol === 'https:' && caBundle === undefined && extra
      ? [`additional certificates from ${extra} (NODE_EXTRA_CA_CERTS)`]
      : []),
    route.proxy === undefined ? 'no proxy' : `proxy ${route.proxy.origin} (${route.proxy.from})`,
  ];
  return parts.join(', ');
}
