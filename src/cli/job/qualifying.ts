import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';

/**
 * The effect of a flag on whether a run qualifies: none (`neutral`), leaves out part of the work (`narrows`), or a
 * function that returns true for values that could hide a problem which the configuration would report.
 */
export type FlagEffect<Value, Settings> =
  | 'neutral'
  | 'narrows'
  | ((value: Value, configured: Settings) => boolean);

/** The effect of every flag of a command. A flag without an entry does not compile. */
export type FlagEffects<Flags, Settings> = {
  readonly [Name in keyof Flags]-?: FlagEffect<Exclude<Flags[Name], undefined>, Settings>;
};

/** The flags with which a successful run proves less than the configured run would. */
export function disqualifyingFlags<Flags extends object, Settings>(
  flags: Partial<Flags>,
  effects: FlagEffects<Flags, Settings>,
  configured: Settings,
): string[] {
  const names = Object.keys(effects) as (keyof Flags & string)[];
  return names.filter((name) => {
    const value = flags[name];
    // The value belongs to this flag; the compiler cannot relate the two lookups.
    const effect = effects[name] as FlagEffect<unknown, Settings>;
    if (value === undefined || effect === 'neutral') return false;
    return effect === 'narrows' || effect(value, configured);
  });
}

/**
 * Why a run with these flags does not count for the watchdog; empty if it qualifies. This is the only place that decides
 * it from flags.
 */
export function notQualifying<Flags extends object, Settings>(
  flags: Partial<Flags>,
  effects: FlagEffects<Flags, Settings>,
  configured: Settings,
): string[] {
  return disqualifyingFlags(flags, effects, configured).map((name) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return effects[name as keyof Flags] === 'narrows'
      ? `${flag} leaves out part of the work`
      : `${flag} differs from the configuration`;
  });
}

/** The flags that every command takes. */
export const GLOBAL_EFFECTS: FlagEffects<Omit<GlobalOptions, 'registry'>, unknown> = {
  // Another file is another configuration, and the run is compared with that one.
  config: 'neutral',
  json: 'neutral',
  quiet: 'neutral',
  verbose: 'neutral',
  progress: 'neutral',
  color: 'neutral',
  pager: 'neutral',
  // Affects only how many are shown.
  maxFindings: 'neutral',
  findings: 'neutral',
};

type StoreSettings = Pick<Config, 's3' | 'backups' | 'recovery'>;

/** If no store is configured, the command line is the whole configuration. */
const namesStores = ({ s3, backups = [], recovery }: StoreSettings): boolean =>
  s3 !== undefined || backups.length > 0 || (recovery?.sources ?? []).length > 0;

/** A different server means different data. The addressing style does not matter. */
export const STORE_EFFECTS: FlagEffects<
  { endpointUrl?: string; region?: string; pathStyle?: boolean },
  StoreSettings
> = {
  endpointUrl: (url, config) => namesStores(config) && url !== config.s3?.endpoint_url,
  region: (region, config) => namesStores(config) && region !== config.s3?.region,
  pathStyle: 'neutral',
};
