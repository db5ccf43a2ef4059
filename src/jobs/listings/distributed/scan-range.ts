import type { Failure } from '../../../core/failure.js';
import type { StoreLister } from '../../../objectstore/port.js';
import { archiveEvidence } from '../judge/archive-evidence.js';
import { countArchive, isInOrder } from '../judge/count-archive.js';
import type { VerifyTarget } from '../options.js';
import type { VerifyFailure } from '../ports.js';
import { firstBranching } from '../ranges/first-branching.js';
import { REMEMBERED_PAGES } from '../ranges/outlook.js';
import { failureOf } from '../run-context.js';
import { GapRecordingLister, type ScanPage } from '../scan/gap-recording-lister.js';
import { KeyScan, type PageWork } from '../scan/key-scan.js';
import type { OpenArchive } from '../scan/open-stack.js';
import { keyRoom } from '../scan/open-target.js';
import type { Partitions } from '../scan/partitions.js';
import { partitionCounts, type RangeReport, type RangeUnit } from './range-report.js';

/** Everything that a worker can access for a range; nothing here can write. */
export interface RangePorts {
  readonly lister: StoreLister;
  /** Which of these subjects have an open finding. An archive that is in order may resolve it. */
  openSubjects(subjects: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether this is the last attempt: then keys that cannot be listed become a gap and a failure of the run. */
  readonly isLastAttempt: boolean;
  readonly signal: AbortSignal;
}

/**
 * Lists one range of a distributed run the way `scanTarget` lists a whole target. `target` must not be shared.
 * @throws Failure if the range cannot be listed; the signal's reason if the signal was aborted
 */
export async function scanRange(
  unit: RangeUnit,
  target: VerifyTarget,
  ports: RangePorts,
): Promise<RangeReport> {
  const { lister, signal } = ports;
  const { classifier, partitions } = keyRoom(target, lister.prefix);
  const requestsBefore = lister.requests;
  const failures: VerifyFailure[] = [];
  const works: RangeReport['works'][number][] = [];
  let serverNowMs: number | undefined;
  const settle = async (work: PageWork, page: ScanPage): Promise<void> => {
    if (page.gap === undefined) serverNowMs = Math.max(serverNowMs ?? page.serverTimeMs, page.serverTimeMs);
    const nowMs = serverNowMs ?? page.serverTimeMs;
    const closed = await sift(work.closed, nowMs, { target, partitions, ports });
    if (closed.length + work.orphans.length + work.unrecognised.length > 0)
      works.push({ ...work, closed, serverNowMs: nowMs });
  };
  const { listingSuffix } = target;
  const scan = new KeyScan(unit.startAfter, { classifier, listingSuffix, partitions, signal, settle });
  const listed = await list(unit, scan, ports, failures);
  const boundaries =
    unit.explores && listed.rest !== undefined ? (await firstBranching(lister, signal)).prefixes : [];
  return {
    keys: listed.keys,
    requests: lister.requests - requestsBefore,
    serverNowMs: serverNowMs ?? null,
    ...(listed.rest === undefined ? {} : { rest: listed.rest }),
    boundaries,
    ends: scan.end(),
    works,
    partitions: partitionCounts(partitions),
    usedLines: target.allowlist?.usedLines() ?? [],
    failures,
  };
}

/** Reads the range to its end, or until the limit on keys is reached. */
async function list(
  unit: RangeUnit,
  scan: KeyScan,
  { lister, isLastAttempt, signal }: RangePorts,
  failures: VerifyFailure[],
): Promise<Pick<RangeReport, 'keys' | 'rest'>> {
  const told = (failure: Failure, subject: string): void => void failures.push(failureOf(failure, subject));
  const source = isLastAttempt ? new GapRecordingLister(lister, told) : lister;
  const range = { ...startOf(unit), ...endOf(unit), signal };
  const pageStarts: string[] = [];
  let [pages, keys] = [0, 0];
  for await (const page of source.list(range) as AsyncIterable<ScanPage>) {
    await scan.page(page);
    const [first, last] = [page.objects[0]?.key, page.objects.at(-1)?.key];
    pages += 1;
    keys += page.objects.length;
    if (first === undefined || last === undefined) continue;
    if (pageStarts.push(first) > REMEMBERED_PAGES) pageStarts.shift();
    if (keys >= unit.maxKeys) return { keys, rest: { last, pageStarts, pages, keys } };
  }
  return { keys };
}

function startOf({ startAfter }: RangeUnit) {
  return startAfter === undefined ? {} : { startAfter };
}

function endOf({ endAt }: RangeUnit) {
  return endAt === undefined ? {} : { endAt };
}

/** Counts archives that are in order and have no open finding. All others are left to the run. */
async function sift(
  closed: readonly OpenArchive[],
  serverNowMs: number,
  { target, partitions, ports }: { target: VerifyTarget; partitions: Partitions; ports: RangePorts },
): Promise<OpenArchive[]> {
  const good = new Map<OpenArchive, ReturnType<typeof archiveEvidence>>();
  for (const archive of closed) {
    if (archive.canary) continue;
    const weighed = archiveEvidence(archive, target, serverNowMs);
    if (isInOrder(weighed, target)) good.set(archive, weighed);
  }
  const subjects = [...good.keys()].map(({ object }) => ports.lister.urlOf(object.key));
  const open: ReadonlySet<string> = subjects.length === 0 ? new Set() : await ports.openSubjects(subjects);
  return closed.filter((archive) => {
    const weighed = good.get(archive);
    if (weighed === undefined || open.has(ports.lister.urlOf(archive.object.key))) return true;
    countArchive(weighed, partitions, target).partition.tally.present += 1;
    return false;
  });
}
