import { partitionName, partitionPrefix } from '../../../core/partition.js';
import { joinRanges } from '../distributed/join-ranges.js';
import { listInRanges } from '../ranges/list-in-ranges.js';
import type { RunContext } from '../run-context.js';
import { GapRecordingLister, type ScanPage } from './gap-recording-lister.js';
import type { Gap } from './gaps.js';
import { KeyScan, type PageWork } from './key-scan.js';
import type { OpenTarget } from './open-target.js';

/**
 * A difference between the clocks is reported from this size on, because grace and freshness use the server's clock.
 */
const CLOCK_SKEW_MS = 300_000;

export interface Scan {
  /** Undefined if the scan was abandoned: then nothing is known about any partition. */
  readonly gaps: readonly Gap[] | undefined;
  /** The server's time at its last response, or this host's time if it never responded. */
  readonly serverNowMs: number;
  readonly keys: number;
  readonly requests: number;
}

/** Lists one target and settles it page by page. Failures are logged, not thrown. */
export async function scanTarget(parts: OpenTarget, run: RunContext): Promise<Scan> {
  const { target, lister, partitions, settler, classifier } = parts;
  const { signal } = run.ports;
  const clock = new ServerClock(run);
  let keys = 0;
  const settle = async (work: PageWork, page: ScanPage): Promise<void> => {
    clock.note(page);
    keys += page.objects.length;
    await settler.settle(work, clock.nowMs);
    reportProgress(page, parts, run);
  };
  const recording = new GapRecordingLister(lister, (failure, subject) =>
    run.failures.addThrown(failure, subject),
  );
  const scanContext = { classifier, listingSuffix: target.listingSuffix, partitions, signal, settle };
  try {
    const ranges = await listInRanges(
      recording,
      { concurrency: target.concurrency, signal },
      (startAfter) => new KeyScan(startAfter, scanContext),
    );
    const { closed, orphans, gaps } = joinRanges(ranges);
    await settler.settle({ closed, orphans, unrecognised: [] }, clock.nowMs);
    return { gaps, serverNowMs: clock.nowMs, keys, requests: lister.requests };
  } catch (error) {
    if (!signal.aborted) run.failures.addThrown(error, lister.url);
    return { gaps: undefined, serverNowMs: clock.nowMs, keys, requests: lister.requests };
  }
}

function reportProgress(page: ScanPage, { target, basePrefix }: OpenTarget, run: RunContext): void {
  const last = page.objects.at(-1)?.key;
  if (last === undefined) return;
  run.progress.keys += page.objects.length;
  run.progress.pages += 1;
  const partition = partitionName(partitionPrefix(last, basePrefix, target.partitionDepth), basePrefix);
  run.ports.emit({
    type: 'progress',
    unit: 'keys',
    done: run.progress.keys,
    detail: { pages: run.progress.pages, partition },
  });
}

/** The server's clock, estimated from its responses. */
class ServerClock {
  #nowMs: number | undefined;
  readonly #run: RunContext;

  constructor(run: RunContext) {
    this.#run = run;
  }

  get nowMs(): number {
    return this.#nowMs ?? this.#run.ports.clock.now().getTime();
  }

  note({ serverTimeMs, gap }: ScanPage): void {
    if (gap !== undefined) return;
    if (this.#nowMs === undefined) this.#compare(serverTimeMs);
    this.#nowMs = Math.max(this.#nowMs ?? serverTimeMs, serverTimeMs);
  }

  #compare(serverTimeMs: number): void {
    const { clock, emit } = this.#run.ports;
    const seconds = Math.round((clock.now().getTime() - serverTimeMs) / 1000);
    if (Math.abs(seconds) * 1000 < CLOCK_SKEW_MS) return;
    const direction = seconds > 0 ? 'ahead of' : 'behind';
    emit({
      type: 'note',
      level: 'warning',
      message: `this host's clock is ${Math.abs(seconds)} s ${direction} the store's; ages are computed from the store's clock`,
    });
  }
}
