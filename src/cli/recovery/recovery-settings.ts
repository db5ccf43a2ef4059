import { basename, resolve } from 'node:path';
import { usageFailure } from '../../core/failure.js';
import { compileGlob, type Glob } from '../../core/glob.js';
import { decodersFor } from '../../decompress/decode.js';
import type { TypeRule } from '../../jobs/recovery/plan/row.js';
import type { Source } from '../../jobs/recovery/source-port.js';
import { openReader, type StoreOptions } from '../../objectstore/open.js';
import { ArchivesSource } from '../../sources/archives/source.js';
import { DirectorySource } from '../../sources/directory/source.js';
import { GitSource } from '../../sources/git/source.js';
import type { Config } from '../config/schema.js';
import { canaryUrls } from '../listings/archive-refs.js';
import { noPlaceForScripts } from '../wiring/artifacts.js';
import type { RecoveryFlags } from './flags.js';

/** The settings of recovery, checked before anything is changed. */
export interface RecoverySettings {
  types: Record<string, TypeRule>;
  archives: number | 'all';
  destination: string;
  genericNames: ReadonlySet<string>;
  allowUnverified: boolean;
  retryUnrecoverable: boolean;
}

/** @throws Failure `recovery.no_types`, `recovery.no_sources`, `usage.invalid` */
export function recoverySettings(flags: RecoveryFlags, config: Config): RecoverySettings {
  const { recovery } = config;
  if ((recovery?.sources ?? []).length === 0) {
    throw usageFailure(
      'recovery.no_sources',
      'recovery.sources is empty, so there is nowhere to look for missing files',
      'list directories, git repositories or archives in salvor.yaml, for example `recovery: { sources: [{ archives: s3://bucket/backups/ }] }`',
    );
  }
  return {
    types: typesOf(flags.type, config),
    archives: flags.archives ?? recovery?.archives ?? 2,
    destination: destinationOf(config),
    genericNames: new Set((recovery?.generic_names ?? []).map((name) => name.toLowerCase())),
    allowUnverified: recovery?.allow_unverified ?? false,
    retryUnrecoverable: flags.retryUnrecoverable === true,
  };
}

function typesOf(asked: readonly string[] | undefined, config: Config): Record<string, TypeRule> {
  const configured = config.recovery?.types ?? {};
  const names = asked ?? Object.keys(configured);
  if (names.length === 0) {
    throw usageFailure(
      'recovery.no_types',
      'no artifact type was given and none is configured',
      'pass one with --type, or list them in salvor.yaml, for example `recovery: { types: { dataset: { extensions: [.csv] } } }`',
    );
  }
  return Object.fromEntries(
    names.map((name) => {
      const rule = Object.hasOwn(configured, name) ? configured[name] : undefined;
      return [
        name,
        {
          directories: rule?.directories ?? [],
          extensions: (rule?.extensions ?? []).map((extension) => extension.toLowerCase()),
          nameKeys: rule?.name_keys ?? ['filename', 'path'],
          unrecoverable: rule?.unrecoverable ?? [],
        },
      ];
    }),
  );
}

/** Where recovered files go: as configured, else the first root. @throws Failure `config.nothing_to_do` */
function destinationOf(config: Config): string {
  const destination = config.recovery?.destination ?? config.roots?.[0]?.path;
  if (destination !== undefined) return resolve(destination);
  throw usageFailure(
    'config.nothing_to_do',
    'no roots are configured, so there is no directory to restore files to',
    'add roots: [{ path: /directory }] to salvor.yaml',
  );
}

/** The configured sources in their order. They only read. */
export function recoverySources(
  config: Config,
  settings: RecoverySettings,
  flags: RecoveryFlags,
  stores: StoreOptions,
): Source[] {
  const sources = config.recovery?.sources ?? [];
  // The content of a stand-in in one clone can be in the store of another clone.
  const clones = sources.flatMap((source) => ('git' in source ? [source.git] : []));
  return sources.map((source) => {
    const trust = source.trust ?? 'bind';
    if ('directory' in source) return new DirectorySource(source.directory, trust);
    if ('git' in source) return new GitSource(source.git, trust, clones);
    const series = seriesOf(source.series);
    return new ArchivesSource({
      store: openReader(source.archives, stores),
      identity: JSON.stringify([source.archives, stores.endpointUrl ?? null, stores.region ?? null]),
      trust,
      newest: settings.archives,
      ...(series === undefined ? {} : { series }),
      scanUnlisted: flags.scanUnlisted === true,
      canaries: canaryUrls(config, undefined, []),
      rootPrefixes: rootPrefixes(settings.destination, config),
      ...decodersFor(flags.maxMemory),
    });
  });
}

/** The series of a configured source; undefined for all of them. @throws Failure `config.invalid` */
export function seriesOf(pattern: string | undefined): Glob | undefined {
  if (pattern === undefined) return undefined;
  const series = compileGlob(pattern);
  if (!('problem' in series)) return series;
  throw usageFailure(
    'config.invalid',
    `recovery.sources: series ${JSON.stringify(pattern)}: ${series.problem}`,
  );
}

/** The prefixes of a root's files in an archive: the full path of the root, or its name. */
function rootPrefixes(destination: string, config: Config): string[] {
  const roots = [destination, ...(config.roots ?? []).map((root) => root.path)];
  return [...new Set(roots.flatMap((root) => [`${root.replace(/^\/+/, '')}/`, `${basename(root)}/`]))];
}

/** Requires a file for the SQL if the registry is read-only. @throws Failure `usage.invalid` */
export function requireEmitMode(flags: RecoveryFlags, config: Config): void {
  const hasPlace = flags.emitSql !== undefined || config.registry?.emit_sql !== undefined;
  if (config.registry?.mode === 'readonly' && !hasPlace) throw noPlaceForScripts();
}
