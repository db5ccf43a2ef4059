import { formatDuration } from '../../../core/durations.js';
import type { Glob } from '../../../core/glob.js';
import { GlobSet } from '../../../core/glob-set.js';
import { isoTime } from '../../../core/iso-time.js';
import type { Partition } from '../scan/partitions.js';
import type { FindingDraft } from './finding-draft.js';

export interface FreshnessRules {
  readonly maxAgeMs: number;
  readonly retired: readonly Glob[];
  readonly nowMs: number;
}

/** One finding per series of a partition whose newest archive is older than allowed, or that has no valid archive. */
export function overdueFindings(
  partition: Partition,
  rules: FreshnessRules,
  urlOf: (key: string) => string,
): FindingDraft[] {
  const found: FindingDraft[] = [];
  for (const { name, newestMs, archives } of partition.series.named()) {
    const ageMs = rules.nowMs - newestMs;
    const key = `${partition.prefix}${name}`;
    if (ageMs <= rules.maxAgeMs || isRetired(rules.retired, key, partition.prefix)) continue;
    found.push({
      code: 'archive.backup_overdue',
      severity: 'error',
      violation: false,
      subject: urlOf(key),
      message: archives === 0 ? goneWords(ageMs) : overdueWords(ageMs, rules.maxAgeMs),
      detail: {
        partition: partition.name,
        series: name,
        archives,
        newest_archive_at: isoTime(newestMs),
      },
    });
  }
  return found;
}

/** Only a series that an earlier run saw can be without archives. */
function goneWords(ageMs: number): string {
  if (!Number.isFinite(ageMs)) return 'no archive of this series is left';
  return `no archive of this series is left; the newest one was made ${formatDuration(ageMs)} ago`;
}

/** Both ages may look the same when formatted: `1d 2h` is allowed, and the archive is `1d 2h` and some minutes old. */
function overdueWords(ageMs: number, maxAgeMs: number): string {
  if (!Number.isFinite(ageMs)) return 'every archive of this series is empty or dated in the future';
  const [age, most] = [formatDuration(ageMs), formatDuration(maxAgeMs)];
  const old = age === most ? `just over ${most}` : age;
  return `the newest archive of this series is ${old} old; at most ${most} is allowed`;
}

/** One warning per series of a partition whose newest archive cannot be read without a restore request. */
export function coldFindings(
  partition: Partition,
  retired: readonly Glob[],
  urlOf: (key: string) => string,
): FindingDraft[] {
  const found: FindingDraft[] = [];
  for (const { name, newestMs, archives, coldClass } of partition.series.named()) {
    const key = `${partition.prefix}${name}`;
    if (coldClass === undefined || isRetired(retired, key, partition.prefix)) continue;
    found.push({
      code: 'archive.cold',
      severity: 'warning',
      violation: false,
      subject: urlOf(key),
      message: `the newest archive of this series is in ${coldClass}: it can only be read hours after a restore request`,
      detail: {
        partition: partition.name,
        series: name,
        archives,
        storage_class: coldClass,
        newest_archive_at: isoTime(newestMs),
      },
    });
  }
  return found;
}

/** Whether a series (by its key, with `#` for digits) or its whole partition was retired. */
export function isRetired(retired: readonly Glob[], ...keys: readonly string[]): boolean {
  if (retired.length === 0) return false;
  const set = SETS.get(retired) ?? new GlobSet(retired);
  SETS.set(retired, set);
  return keys.some((key) => set.matches(key));
}

/** The automaton of each target's list, built on first use. */
const SETS = new WeakMap<readonly Glob[], GlobSet>();
