import type { RunContext } from '../run-context.js';
import { gapsTouch } from '../scan/gaps.js';
import type { ScannedTarget } from '../verify-target.js';
import { coldFindings, overdueFindings } from './freshness.js';
import { earlierPartitions, vanishedFindings } from './vanished.js';

/** Tells the series that are overdue, or cold, in partitions that were listed completely; the answer is how many are overdue. */
export async function tellSeries({
  target,
  scan,
  partitions,
  lister,
  settler,
}: ScannedTarget): Promise<number> {
  const { maxAgeMs, retired } = target;
  const urlOf = (key: string): string => lister.urlOf(key);
  const whole = partitions.filter(({ complete }) => complete).map(({ partition }) => partition);
  const cold = whole.flatMap((partition) => coldFindings(partition, retired, urlOf));
  const rules = { retired, nowMs: scan.serverNowMs };
  const overdue =
    maxAgeMs === undefined
      ? []
      : whole.flatMap((partition) => overdueFindings(partition, { ...rules, maxAgeMs }, urlOf));
  await settler.settleFound([...overdue, ...cold].map((found) => ({ found })));
  return overdue.length;
}

/** Tells what the last complete run saw and this one does not, as far as this one looked. */
export async function tellVanished(
  scanned: ScannedTarget,
  run: RunContext,
): Promise<{ names: readonly string[]; urls: readonly string[] }> {
  const { target, lister, partitions, settler } = scanned;
  const { gaps } = scanned.scan;
  const summary = run.ports.lastComplete?.summary;
  const earlier = earlierPartitions(summary, lister.url, target.partitionDepth);
  if (gaps === undefined || earlier === undefined) return { names: [], urls: [] };
  const prefixOf = (name: string): string => (name === '.' ? lister.prefix : `${lister.prefix}${name}/`);
  const urlOf = (key: string): string => (key === lister.prefix ? lister.url : lister.urlOf(key));
  const { found, names } = vanishedFindings(
    earlier.filter(({ name }) => !gapsTouch(gaps, prefixOf(name))),
    new Map(partitions.map(({ partition }) => [partition.name, partition.tally.judged])),
    { maxVanished: target.maxVanished, retired: target.retired, prefixOf, urlOf },
  );
  await settler.settleFound(found.map((of) => ({ found: of })));
  return { names, urls: names.map((name) => urlOf(prefixOf(name))) };
}
