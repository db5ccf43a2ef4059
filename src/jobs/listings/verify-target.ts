import { Failure } from '../../core/failure.js';
import type { StoreLister } from '../../objectstore/port.js';
import { canaryKey, requireArchiveName } from './canary.js';
import { checkWhole } from './check-whole.js';
import { KeyClassifier } from './classify-key.js';
import { tellOverdue, tellVanished } from './compare-target.js';
import { gapsTouch } from './gaps.js';
import type { VerifyTarget } from './options.js';
import { type Partition, Partitions } from './partitions.js';
import type { RunContext } from './run-context.js';
import { type Scan, scanTarget } from './scan-target.js';
import { PageSettler } from './settle-page.js';
import { Tally } from './tally.js';

/** One target after its listing. */
export interface ScannedTarget {
  readonly target: VerifyTarget;
  readonly lister: StoreLister;
  /** The whole key of its canary. */
  readonly canary: string | undefined;
  readonly scan: Scan;
  readonly settler: PageSettler;
  readonly partitions: readonly PartitionResult[];
  readonly total: Tally;
}

export interface PartitionResult {
  readonly partition: Partition;
  readonly url: string;
  /** Listed to its end. */
  readonly complete: boolean;
}

/** One target, listed and judged. */
export interface TargetResult {
  readonly target: VerifyTarget;
  readonly partitions: readonly PartitionResult[];
  readonly total: Tally;
  /** Names of partitions that a complete run knew and that are gone. */
  readonly vanished: readonly string[];
  /** Listed to its end, proven by its canary, and with something in it. */
  readonly complete: boolean;
  /** The prefixes of subjects whose findings may be settled. */
  readonly completePrefixes: readonly string[];
  /** Findings that no threshold excuses. */
  readonly errors: number;
  readonly requests: number;
  /** Keys of the pages that were settled. */
  readonly keysListed: number;
}

/** Verifies one target. What fails is logged as a failure of the run, and does not keep other targets from theirs. */
export async function verifyTarget(target: VerifyTarget, run: RunContext): Promise<TargetResult> {
  const lister = await openStore(target.url, run);
  if (lister === undefined) return nothingDone(target);
  const scanned = await scan(target, lister, run);
  const isTrusted = checkWhole(scanned, run);
  const overdue = await tellOverdue(scanned);
  const vanished = await tellVanished(scanned, run);
  const isWhole = scanned.scan.gaps?.length === 0;
  const urls = [
    ...scanned.partitions.filter(({ complete }) => complete).map(({ url }) => url),
    ...vanished.urls,
  ];
  return {
    target,
    partitions: scanned.partitions,
    total: scanned.total,
    vanished: vanished.names,
    complete: isWhole && isTrusted,
    completePrefixes: !isTrusted ? [] : isWhole ? [lister.url] : urls,
    errors: overdue + vanished.names.length,
    requests: lister.requests,
    // A scan that was given up in the middle of a page has no whole pages to check its books against.
    keysListed: scanned.scan.gaps === undefined ? scanned.total.keys : scanned.scan.keys,
  };
}

/** @throws Failure with exit code 2: a url that can't be used is no failure of the store */
async function openStore(url: string, run: RunContext): Promise<StoreLister | undefined> {
  try {
    return await run.ports.lister(url);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) throw error;
    run.failures.addThrown(error, url);
    return undefined;
  }
}

async function scan(target: VerifyTarget, lister: StoreLister, run: RunContext): Promise<ScannedTarget> {
  const canary = target.canary === undefined ? undefined : canaryKey(target.canary, lister.prefix);
  const classifier = new KeyClassifier({ ...target, ...(canary === undefined ? {} : { canaryKey: canary }) });
  if (canary !== undefined) requireArchiveName(canary, classifier);
  const partitions = new Partitions(lister.prefix, target.partitionDepth);
  const settler = new PageSettler({ target, lister, partitions, desk: run.desk, emit: run.ports.emit });
  const done = await scanTarget({ target, lister, partitions, settler, classifier }, run);
  const total = new Tally();
  for (const { tally } of partitions.all()) total.add(tally);
  noteOverflow(partitions, target, run);
  return {
    target,
    lister,
    canary,
    scan: done,
    settler,
    partitions: results(partitions, done, lister),
    total,
  };
}

/** The canary counts nowhere: a partition that holds nothing else is none. */
function results(partitions: Partitions, { gaps }: Scan, lister: StoreLister): PartitionResult[] {
  return partitions
    .all()
    .filter(({ tally }) => tally.keys > tally.canaries)
    .map((partition) => ({
      partition,
      url: partition.prefix === lister.prefix ? lister.url : lister.urlOf(partition.prefix),
      complete: gaps !== undefined && !gapsTouch(gaps, partition.prefix),
    }));
}

function noteOverflow(partitions: Partitions, target: VerifyTarget, run: RunContext): void {
  if (!partitions.seriesOverflowed) return;
  const message = 'there are too many series to tell them apart: the further ones share one line';
  const hint = 'give a --series-pattern that leaves out what changes from archive to archive';
  if (target.maxAgeMs === undefined) {
    run.ports.emit({ type: 'note', level: 'warning', message: `${target.url}: ${message}; ${hint}` });
  } else {
    run.failures.add({
      code: 'series.too_many',
      subject: target.url,
      message: `${message}, and their age is not known`,
      hint,
    });
  }
}

/** A target that was not begun. */
export function nothingDone(target: VerifyTarget): TargetResult {
  const counts = { errors: 0, requests: 0, keysListed: 0, total: new Tally() };
  return { target, partitions: [], vanished: [], complete: false, completePrefixes: [], ...counts };
}
