import type { StoreLister } from '../../objectstore/port.js';
import { checkWhole } from './judge/check-whole.js';
import { keepGoneSeries, reportSeries, reportVanished } from './judge/compare-target.js';
import { checkHidden } from './judge/hidden-archives.js';
import type { VerifyTarget } from './options.js';
import { Tally } from './report/tally.js';
import type { RunContext } from './run-context.js';
import { gapsTouch } from './scan/gaps.js';
import type { OpenTarget } from './scan/open-target.js';
import type { Partitions } from './scan/partitions.js';
import type { Scan } from './scan/scan-target.js';
import type { PartitionResult, ScannedTarget, TargetResult } from './scanned-target.js';

/** Evaluates one target after its listing. */
export async function verifyTarget(open: OpenTarget, scan: Scan, run: RunContext): Promise<TargetResult> {
  const { target, lister, partitions } = open;
  const total = new Tally();
  for (const { tally } of partitions.all()) total.add(tally);
  noteOverflow(partitions, target, run);
  const scanned = { ...open, scan, total, partitions: results(partitions, scan, lister) };
  const isTrusted = checkWhole(scanned, run);
  keepGoneSeries(scanned, run);
  const overdue = await reportSeries(scanned);
  const vanished = await reportVanished(scanned, run);
  const isWhole = scan.gaps?.length === 0;
  const urls = [
    ...scanned.partitions.filter(({ complete, covered }) => complete && covered).map(({ url }) => url),
    ...vanished.urls,
  ];
  const listed = !isTrusted || !canSettle(scanned) ? [] : isWhole ? [lister.url] : urls;
  const nothingHidden = await checkHidden(scanned, listed, run);
  return {
    target,
    partitions: scanned.partitions,
    total,
    vanished: vanished.names,
    vanishedUrls: vanished.urls,
    complete: isWhole && isTrusted && nothingHidden,
    completePrefixes: nothingHidden ? listed : [],
    errors: total.errors + overdue + vanished.names.length,
    requests: scan.requests,
    // A scan that was abandoned within a page has no complete pages to compare its counts with.
    keysListed: scan.gaps === undefined ? total.keys : scan.keys,
  };
}

/**
 * With a custom series pattern, the name of a series does not show whether all of its archives were listed. If only
 * part of the target was listed, open findings of such a series could wrongly end.
 */
function canSettle({ target, partitions }: ScannedTarget): boolean {
  return target.seriesPattern === undefined || partitions.every(({ covered }) => covered);
}

/** The canary is not counted, so a partition with nothing else is not a partition. */
function results(partitions: Partitions, { gaps }: Scan, lister: StoreLister): PartitionResult[] {
  return partitions
    .all()
    .filter(({ tally }) => tally.keys > tally.canaries)
    .map((partition) => ({
      partition,
      url: partition.prefix === lister.prefix ? lister.url : lister.urlOf(partition.prefix),
      complete: gaps !== undefined && !gapsTouch(gaps, partition.prefix),
      covered: partition.prefix.startsWith(lister.prefix),
    }));
}

function noteOverflow(partitions: Partitions, target: VerifyTarget, run: RunContext): void {
  if (!partitions.seriesOverflowed) return;
  const message = 'there are too many series to track separately; the rest share one line';
  const hint = 'use a --series-pattern without the parts of the name that change from archive to archive';
  if (target.maxAgeMs === undefined) {
    run.ports.emit({ type: 'note', level: 'warning', message: `${target.url}: ${message}; ${hint}` });
  } else {
    run.failures.add({
      code: 'series.too_many',
      subject: target.url,
      message: `${message}, and their age is unknown`,
      hint,
    });
  }
}

/** A target that was not started. */
export function nothingDone(target: VerifyTarget): TargetResult {
  const counts = { errors: 0, requests: 0, keysListed: 0, total: new Tally() };
  return {
    target,
    partitions: [],
    vanished: [],
    vanishedUrls: [],
    complete: false,
    completePrefixes: [],
    ...counts,
  };
}
