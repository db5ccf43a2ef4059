import { openLister, openPart, openReader, type StoreOptions } from '../../objectstore/open.js';
import type { StoreLister, StoreReader } from '../../objectstore/port.js';
import type { Config } from '../config/schema.js';

/** The connection flags of a store. */
export interface StoreFlags {
  endpointUrl?: string;
  region?: string;
  pathStyle?: boolean;
}

/** Flags override the configuration; anything else uses the store's default. */
export function storeSettings(flags: StoreFlags, s3: Config['s3']): StoreOptions {
  const endpointUrl = flags.endpointUrl ?? s3?.endpoint_url;
  const region = flags.region ?? s3?.region;
  const pathStyle = flags.pathStyle ?? s3?.path_style;
  return {
    ...(endpointUrl === undefined ? {} : { endpointUrl }),
    ...(region === undefined ? {} : { region }),
    ...(pathStyle === undefined ? {} : { pathStyle }),
  };
}

/** Opens a store that can only be listed; with `partOf`, as part of that store. */
export function listerFor(url: string, settings: StoreOptions, partOf?: string): StoreLister {
  return partOf === undefined ? openLister(url, settings) : openPart(partOf, url, settings);
}

/** Opens a store that can be listed and read. */
export function readerFor(url: string, settings: StoreOptions): StoreReader {
  return openReader(url, settings);
}
