import { openLister, openPart, openReader, type StoreOptions } from '../../objectstore/open.js';
import type { StoreLister, StoreReader } from '../../objectstore/port.js';
import type { Config } from '../config/schema.js';

/** The flags that say how a store is reached. */
export interface StoreFlags {
  endpointUrl?: string;
  region?: string;
  pathStyle?: boolean;
}

/** Flags over the configuration; what neither says is the store's own default. */
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

/** A store that can only be listed; with `partOf` only a part of that one. */
export function listerFor(url: string, settings: StoreOptions, partOf?: string): StoreLister {
  return partOf === undefined ? openLister(url, settings) : openPart(partOf, url, settings);
}

/** A store that can be listed and read. */
export function readerFor(url: string, settings: StoreOptions): StoreReader {
  return openReader(url, settings);
}
