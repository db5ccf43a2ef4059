import { readFileSync } from 'node:fs';
import { type Failure, usageFailure } from '../../core/failure.js';
import { compileGlob } from '../../core/glob.js';
import { parseStoreUrl } from '../../core/store-url.js';
import { parseAllowlist } from '../../jobs/listings/judge/allowlist.js';
import { defaultTarget, type VerifyTarget } from '../../jobs/listings/options.js';
import type { BackupConfig, Config } from '../config/schema.js';
import { looserSettings } from './looser.js';

/** A backup's settings as flags may give them: all but the url. */
export type BackupFlags = Omit<BackupConfig, 'url'>;

/** All that is said of one url, as plain JSON: what a worker on another host makes the same target of. */
export interface TargetTerms {
  url: string;
  settings: BackupFlags;
  /** What the allowlist's file holds. */
  allowlistText: string | null;
}

export interface ListingTargets {
  targets: VerifyTarget[];
  terms: TargetTerms[];
  /** The normalised urls, sorted: what the run is about. */
  scope: string;
  /** Why a good end proves nothing to the watchdog; empty when it does. */
  notQualifying: string[];
}

/**
 * What to verify: the urls given, each with the settings of the configured backup of that url; without any, all
 * configured backups. Flags win over both.
 * @throws Failure `config.nothing_to_do`, `usage.*`, `allowlist.bad_glob` (exit 2)
 */
export function listingTargets(urls: readonly string[], flags: BackupFlags, config: Config): ListingTargets {
  const configured = new Map((config.backups ?? []).map((b) => [parseStoreUrl(b.url).url, b]));
  const wanted = urls.length > 0 ? urls.map((url) => parseStoreUrl(url).url) : [...configured.keys()];
  if (wanted.length === 0) {
    throw usageFailure(
      'config.nothing_to_do',
      'no url was given, and the configuration names no backups',
      'salvor listings verify s3://bucket/prefix/, or backups: in salvor.yaml',
    );
  }
  const unique = [...new Set(wanted)].sort();
  const terms = unique.map((url) => termsOf(url, { ...configured.get(url), ...flags }));
  const looser = unique.flatMap((url) => looserSettings(flags, configured.get(url)));
  const notQualifying = [...new Set(looser)].map(
    (name) => `--${flagOf(name)} differs from the configuration`,
  );
  return { targets: terms.map(toTarget), terms, scope: unique.join(' '), notQualifying };
}

/** The flag that gives a setting. */
function flagOf(setting: string): string {
  return setting === 'listing' ? 'listing-template' : setting.replaceAll('_', '-');
}

function termsOf(url: string, { url: _, ...settings }: Partial<BackupConfig>): TargetTerms {
  const { allowlist } = settings;
  return { url, settings, allowlistText: allowlist === undefined ? null : readAllowlist(allowlist) };
}

/**
 * A fresh target: its allowlist remembers nothing of any run.
 * @throws Failure `usage.*`, `allowlist.bad_glob` (exit 2)
 */
export function toTarget({ url, settings, allowlistText }: TargetTerms): VerifyTarget {
  const given: Partial<Record<keyof VerifyTarget, unknown>> = {
    listingSuffix: settings.listing?.slice('{key}'.length),
    archivePattern:
      settings.archive_pattern && regularExpression('archive_pattern', settings.archive_pattern),
    partitionDepth: settings.partition_depth,
    seriesPattern: settings.series_pattern && regularExpression('series_pattern', settings.series_pattern),
    retired: settings.retired?.map(retiredGlob),
    minSizeBytes: settings.min_size,
    graceMs: settings.grace,
    sinceMs: settings.since && Date.parse(`${settings.since}T00:00:00Z`),
    datePattern: settings.date_pattern && datePattern(settings.date_pattern),
    allowlist: allowlistText === null ? undefined : parseAllowlist(allowlistText, settings.allowlist ?? ''),
    stale: settings.stale,
    maxAgeMs: settings.max_age,
    maxVanished: settings.max_vanished,
    strict: settings.strict,
    requireIndex: settings.require_index,
    canary: settings.canary,
    failOn: settings.fail_on,
    maxMissing: settings.max_missing,
    concurrency: settings.concurrency,
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...defaultTarget(url), ...(set as Partial<VerifyTarget>) };
}

function regularExpression(name: string, source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    throw invalid(name, source, error instanceof Error ? error.message : 'not a regular expression');
  }
}

function datePattern(source: string): RegExp {
  const pattern = regularExpression('date_pattern', source);
  const missing = ['y', 'm', 'd'].filter((group) => !source.includes(`(?<${group}>`));
  if (missing.length > 0)
    throw invalid('date_pattern', source, `named groups ${missing.join(', ')} are missing`);
  return pattern;
}

function retiredGlob(text: string) {
  const glob = compileGlob(text);
  if ('problem' in glob) throw invalid('retired', text, glob.problem);
  return glob;
}

function invalid(name: string, value: string, problem: string): Failure {
  return usageFailure('usage.invalid', `${name}: ${JSON.stringify(value)}: ${problem}`);
}

function readAllowlist(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageFailure('config.unreadable', `allowlist: ${reason}`, 'name an existing file');
  }
}
