import type { RunContext } from '../run-context.js';
import { gapsTouch } from '../scan/gaps.js';
import type { ScannedTarget } from '../scanned-target.js';
import type { FindingDraft } from './finding-draft.js';
import { coldFindings, overdueFindings } from './freshness.js';
import { earlierPartitions, vanishedFindings } from './vanished.js';

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

/** Reports what the last complete run saw and this run did not, within the part that this run listed. */
export async function reportVanished(
  scanned: ScannedTarget,
  run: RunContext,
): Promise<{ names: readonly string[]; urls: readonly string[] }> {
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
