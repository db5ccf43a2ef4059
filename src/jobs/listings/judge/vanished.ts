import type { Glob } from '../../../core/glob.js';
import { counted } from '../../../core/pluralize.js';
import type { FindingDraft } from './finding-draft.js';
import { isRetired } from './freshness.js';

/** One partition as recorded by the last complete run. */
export interface EarlierPartition {
  readonly name: string;
  readonly archives: number;
  readonly vanished: boolean;
  readonly series: readonly { readonly name: string; readonly newestMs: number | null }[];
}

/** The last complete run's results for one url; undefined if they cannot be compared. */
export function earlierPartitions(
  summary: Record<string, unknown> | null | undefined,
  url: string,
  partitionDepth: number,
): EarlierPartition[] | undefined {
  const target = records(summary?.targets).find((entry) => entry.url === url);
  // With another partition depth the same bucket has other partitions, and all would seem to have vanished.
  if (target === undefined || target.partition_depth !== partitionDepth) return undefined;
  return records(summary?.partitions)
    .filter((entry) => entry.url === url)
    .map((entry) => ({
      name: String(entry.name),
      archives: typeof entry.archives_total === 'number' ? entry.archives_total : 0,
      vanished: entry.state === 'vanished',
      series: records(entry.series).map((series) => ({
        name: String(series.name),
        newestMs: typeof series.newest_archive_at === 'string' ? Date.parse(series.newest_archive_at) : null,
      })),
    }));
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}

export interface VanishedRules {
  readonly maxVanished: number;
  readonly retired: readonly Glob[];
  prefixOf(name: string): string;
  urlOf(key: string): string;
}

/**
 * What was there in the last complete run and is not now: a partition without any archive left (an error, and again
 * in every run until it is back or was retired), or more archives than may go (a warning).
 */
export function vanishedFindings(
  earlier: readonly EarlierPartition[],
  archivesNow: ReadonlyMap<string, number>,
  rules: VanishedRules,
): { found: FindingDraft[]; names: string[] } {
  const found: FindingDraft[] = [];
  const names: string[] = [];
  for (const partition of earlier) {
    const now = archivesNow.get(partition.name) ?? 0;
    const prefix = rules.prefixOf(partition.name);
    const wasThere = partition.vanished || partition.archives > 0;
    if (!wasThere || isRetired(rules.retired, prefix)) continue;
    const subject = rules.urlOf(prefix);
    if (now === 0) {
      names.push(partition.name);
      found.push(goneFinding(subject, partition));
    } else if ((partition.archives - now) / partition.archives > rules.maxVanished) {
      found.push(fewerFinding(subject, partition, now));
    }
  }
  return { found, names };
}

function goneFinding(subject: string, { name, archives, vanished }: EarlierPartition): FindingDraft {
  const before = vanished
    ? 'it was already gone in the last complete run'
    : `the last complete run saw ${archives}`;
  return {
    code: 'partition.vanished',
    severity: 'error',
    violation: false,
    subject,
    message: `no archive is left here: ${before}`,
    detail: { partition: name, archives_before: archives, archives_now: 0 },
  };
}

function fewerFinding(subject: string, { name, archives }: EarlierPartition, now: number): FindingDraft {
  const percent = Math.round(((archives - now) / archives) * 100);
  return {
    code: 'archive.vanished',
    severity: 'warning',
    violation: false,
    subject,
    message: `${counted(archives - now, 'fewer archive')} than in the last complete run: ${now} of ${archives} (-${percent}%)`,
    detail: { partition: name, archives_before: archives, archives_now: now },
  };
}
