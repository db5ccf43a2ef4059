import type { RunContext } from '../run-context.js';
import { gapsTouch } from '../scan/gaps.js';
import type { ScannedTarget } from '../scanned-target.js';
import type { FindingDraft } from './finding-draft.js';
import { coldFindings, isRetired, overdueFindings } from './freshness.js';
import { earlierPartitions, vanishedFindings } from './vanished.js';

/**
 * Keeps series of the last complete run that have no archive left, with the date of their newest one: a backup that has
 * stopped is still overdue after retention has deleted its last archive.
 */
export function keepGoneSeries({ target, partitions, lister }: ScannedTarget, run: RunContext): void {
  if (target.maxAgeMs === undefined) return;
  const summary = run.ports.lastComplete?.summary;
  const earlier = earlierPartitions(summary, target.partOf ?? lister.url, target.partitionDepth);
  const byName = new Map(earlier?.map(({ name, series }) => [name, series]));
  for (const { partition, complete } of partitions) {
    if (!complete) continue;
    const now = new Set(partition.series.lines().map(([name]) => name));
    for (const { name, newestMs } of byName.get(partition.name) ?? []) {
      const key = `${partition.prefix}${name}`;
      const isListed = lister.urlOf(key).startsWith(lister.url);
      if (now.has(name) || !isListed || isRetired(target.retired, key, partition.prefix)) continue;
      partition.series.addLine([name, newestMs, 0, null]);
    }
  }
}

/**
 * Reports series that are overdue or in cold storage, in partitions that were listed completely. Returns how many are
 * overdue.
 */
export async function reportSeries({
  target,
  scan,
  partitions,
  lister,
  settler,
}: ScannedTarget): Promise<number> {
  const { maxAgeMs, retired } = target;
  const urlOf = (key: string): string => lister.urlOf(key);
  const whole = partitions
    .filter(({ complete, covered }) => complete && (covered || target.seriesPattern === undefined))
    .map(({ partition }) => partition);
  // If a partition was listed in part, a series whose name is within that part was listed completely.
  const isCovered = ({ subject }: FindingDraft): boolean => subject.startsWith(lister.url);
  const cold = whole.flatMap((partition) => coldFindings(partition, retired, urlOf)).filter(isCovered);
  const rules = { retired, nowMs: scan.serverNowMs };
  const overdue =
    maxAgeMs === undefined
      ? []
      : whole
          .flatMap((partition) => overdueFindings(partition, { ...rules, maxAgeMs }, urlOf))
          .filter(isCovered);
  await settler.settleFound([...overdue, ...cold].map((found) => ({ found })));
  return overdue.length;
}

interface Vanished {
  /** Partitions that have no archive left. */
  names: readonly string[];
  urls: readonly string[];
}

/** Tells what the last complete run saw and this one does not, as far as this one looked. */
export async function reportVanished(scanned: ScannedTarget, run: RunContext): Promise<Vanished> {
  const { target, lister, partitions, settler, basePrefix } = scanned;
  const { gaps } = scanned.scan;
  const summary = run.ports.lastComplete?.summary;
  const earlier = earlierPartitions(summary, target.partOf ?? lister.url, target.partitionDepth);
  if (gaps === undefined || earlier === undefined) return { names: [], urls: [] };
  const prefixOf = (name: string): string => (name === '.' ? basePrefix : `${basePrefix}${name}/`);
  const urlOf = (key: string): string => lister.urlOf(key);
  const { found, names } = vanishedFindings(
    earlier.filter(
      ({ name }) => prefixOf(name).startsWith(lister.prefix) && !gapsTouch(gaps, prefixOf(name)),
    ),
    new Map(partitions.map(({ partition }) => [partition.name, partition.tally.judged])),
    { maxVanished: target.maxVanished, retired: target.retired, prefixOf, urlOf },
  );
  await settler.settleFound(found.map((of) => ({ found: of })));
  return { names, urls: names.map((name) => urlOf(prefixOf(name))) };
}
