import { readFileSync } from 'node:fs';
import { type Failure, usageFailure } from '../../core/failure.js';
import { compileGlob } from '../../core/glob.js';
import { OperatorPattern } from '../../core/operator-pattern.js';
import { parseStoreUrl } from '../../core/store-url.js';
import { parseAllowlist } from '../../jobs/listings/judge/allowlist.js';
import { defaultTarget, type VerifyTarget } from '../../jobs/listings/options.js';
import type { BackupConfig, Config } from '../config/schema.js';
import type { BackupFlags } from './flags.js';
import { findsLess, weakenedSettings } from './weakened-settings.js';

/** The complete settings of one URL, as plain JSON from which a worker on another host builds the same target. */
export interface TargetTerms {
  url: string;
  /** The URL of the configured backup that it is part of. */
  partOf?: string;
  settings: BackupFlags;
  /** The contents of the allowlist file. */
  allowlistText: string | null;
}

export interface ListingTargets {
  targets: VerifyTarget[];
  terms: TargetTerms[];
  /** The scope of the run: the normalized URLs, sorted. */
  scope: string;
  /**
   * The scopes whose findings and baseline the run can share: its own scope or, for parts of backups, the scope of all
   * configured backups or of just these backups.
   */
  ledgerScopes: string[];
  /** Whether every URL belongs to a configured backup. */
  configured: boolean;
  /** Why a successful run does not count for the watchdog; empty if it does. */
  notQualifying: string[];
  /** Whether the run may close findings. */
  settles: boolean;
}

/**
 * What to verify: the given URLs, each with the settings of the configured backup that it equals or is part of; without
 * URLs, all configured backups. Flags take precedence.
 * @throws Failure `config.nothing_to_do`, `usage.*`, `allowlist.bad_glob` (exit 2)
 */
export function listingTargets(urls: readonly string[], flags: BackupFlags, config: Config): ListingTargets {
  const backups = new Map((config.backups ?? []).map((b) => [parseStoreUrl(b.url).url, b]));
  const wanted = urls.length > 0 ? urls.map((url) => parseStoreUrl(url).url) : [...backups.keys()];
  if (wanted.length === 0) {
    throw usageFailure(
      'config.nothing_to_do',
      'no URL was given, and no backups are configured',
      'give one (`salvor listings verify s3://bucket/prefix/`), or configure backups in salvor.yaml',
    );
  }
  const unique = [...new Set(wanted)].sort();
  const homes = unique.map((url) => homeOf(url, [...backups.keys()]));
  const terms = unique.map((url, i) => termsOf(url, homes[i], { ...backups.get(homes[i] ?? ''), ...flags }));
  const looser = unique.flatMap((_, i) => weakenedSettings(flags, backups.get(homes[i] ?? '')));
  const strays = unique.filter((_, i) => homes[i] === undefined);
  const parts = terms.filter(({ partOf }) => partOf !== undefined).map(({ url }) => url);
  if (strays.length > 0 && parts.length > 0) refuseMixed(strays[0] ?? '', parts[0] ?? '');
  const scope = unique.join(' ');
  return {
    ...{ targets: terms.map(toTarget), terms, scope },
    ledgerScopes: parts.length === 0 ? [scope] : wholeScopes(homes, [...backups.keys()]),
    configured: strays.length === 0 && parts.length === 0,
    notQualifying: [
      ...(parts.length > 0 ? [`it covers only part of a backup: ${parts.join(' ')}`] : []),
      ...(backups.size > 0 && strays.length > 0
        ? [`${strays.join(' ')} is not among the configured backups`]
        : []),
      ...[...new Set(looser)].map((name) => `--${flagOf(name)} differs from the configuration`),
    ],
    settles: !findsLess(looser),
  };
}

/** The configured URL that a URL equals or is part of; if there are several, the innermost. */
function homeOf(url: string, configured: readonly string[]): string | undefined {
  return configured.filter((outer) => url.startsWith(outer)).sort((a, b) => b.length - a.length)[0];
}

function wholeScopes(homes: readonly (string | undefined)[], configured: readonly string[]): string[] {
  const own = [...new Set(homes.filter((home) => home !== undefined))].sort().join(' ');
  return [...new Set([[...configured].sort().join(' '), own])];
}

function refuseMixed(stray: string, part: string): never {
  throw usageFailure(
    'usage.invalid',
    `${part} is part of a configured backup but ${stray} is not, so they cannot be verified in one run`,
    'verify them in separate runs',
  );
}

/** The flag for a setting. */
function flagOf(setting: string): string {
  return setting === 'listing' ? 'listing-template' : setting.replaceAll('_', '-');
}

function termsOf(
  url: string,
  home: string | undefined,
  { url: _, ...settings }: Partial<BackupConfig>,
): TargetTerms {
  const { allowlist } = settings;
  return {
    url,
    ...(home === undefined || home === url ? {} : { partOf: home }),
    settings,
    allowlistText: allowlist === undefined ? null : readAllowlist(allowlist),
  };
}

/**
 * A new target, whose allowlist has no state from other runs.
 * @throws Failure `usage.*`, `allowlist.bad_glob` (exit 2)
 */
export function toTarget({ url, partOf, settings, allowlistText }: TargetTerms): VerifyTarget {
  const given: Partial<Record<keyof VerifyTarget, unknown>> = {
    partOf,
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
    return new OperatorPattern(name, source);
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
    throw usageFailure('config.unreadable', `allowlist: ${reason}`, 'pass an existing file');
  }
}
