import type { Config } from '../config/schema.js';
import type { GlobalOptions } from '../globals.js';

/**
 * What a flag does to a run: nothing that a good end depends on; it leaves a part of the work out; or it lets through
 * what the configuration would not, for some of its values.
 */
export type FlagEffect<Value, Settings> =
  | 'neutral'
  | 'narrows'
  | ((value: Value, configured: Settings) => boolean);

/** The effect of every flag of a command. A flag without an entry does not compile. */
export type FlagEffects<Flags, Settings> = {
  readonly [Name in keyof Flags]-?: FlagEffect<Exclude<Flags[Name], undefined>, Settings>;
};

/** The names of the flags because of which a good end proves less than the configured run would. */
export function disqualifyingFlags<Flags extends object, Settings>(
  flags: Partial<Flags>,
  effects: FlagEffects<Flags, Settings>,
  configured: Settings,
): string[] {
  const names = Object.keys(effects) as (keyof Flags & string)[];
  return names.filter((name) => {
    const value = flags[name];
    // The value of this very flag: the compiler does not follow the two lookups.
    const effect = effects[name] as FlagEffect<unknown, Settings>;
    if (value === undefined || effect === 'neutral') return false;
    return effect === 'narrows' || effect(value, configured);
  });
}

/**
 * Why a run with these flags proves nothing to the watchdog; empty when it qualifies. The only place where that is
 * decided from flags.
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
  // Another file is another configuration, and by that one the run is judged.
  config: 'neutral',
  json: 'neutral',
  quiet: 'neutral',
  verbose: 'neutral',
  progress: 'neutral',
  color: 'neutral',
  pager: 'neutral',
  // Only how many are shown.
  maxFindings: 'neutral',
  findings: 'neutral',
};

type StoreSettings = Pick<Config, 's3' | 'backups' | 'recovery'>;

/** Where no store is configured, the command line is all the configuration there is. */
const namesStores = ({ s3, backups = [], recovery }: StoreSettings): boolean =>
  s3 !== undefined || backups.length > 0 || (recovery?.sources ?? []).length > 0;

/** Another server than the configured one is another world. How a bucket's address is written is not. */
export const STORE_EFFECTS: FlagEffects<
  { endpointUrl?: string; region?: string; pathStyle?: boolean },
  StoreSettings
> = {
  endpointUrl: (url, config) => namesStores(config) && url !== config.s3?.endpoint_url,
  region: (region, config) => namesStores(config) && region !== config.s3?.region,
  pathStyle: 'neutral',
};
