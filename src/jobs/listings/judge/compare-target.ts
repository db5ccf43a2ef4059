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

interface Vanished {
  /** Partitions that have no archive left. */
  names: readonly string[];
  urls: readonly string[];
  /** Partitions of which more archives are gone than may go. */
  doubtful: readonly string[];
}

/** Tells what the last complete run saw and this one does not, as far as this one looked. */
export async function reportVanished(scanned: ScannedTarget, run: RunContext): Promise<Vanished> {
  const { target, lister, partitions, settler, basePrefix } = scanned;
  const { gaps } = scanned.scan;
  const summary = run.ports.lastComplete?.summary;
  const earlier = earlierPartitions(summary, target.partOf ?? lister.url, target.partitionDepth);
  if (gaps === undefined || earlier === undefined) return { names: [], urls: [], doubtful: [] };
  const prefixOf = (name: string): string => (name === '.' ? basePrefix : `${basePrefix}${name}/`);
  const urlOf = (key: string): string => lister.urlOf(key);
  const { found, names, fewer } = vanishedFindings(
    earlier.filter(
      ({ name }) => prefixOf(name).startsWith(lister.prefix) && !gapsTouch(gaps, prefixOf(name)),
    ),
    new Map(partitions.map(({ partition }) => [partition.name, partition.tally.judged])),
    { maxVanished: target.maxVanished, retired: target.retired, prefixOf, urlOf },
  );
  await settler.settleFound(found.map((of) => ({ found: of })));
  const urls = (of: readonly string[]): string[] => of.map((name) => urlOf(prefixOf(name)));
  return { names, urls: urls(names), doubtful: urls(fewer) };
}
