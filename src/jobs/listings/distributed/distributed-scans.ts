import { compareUtf8, LAST_CHARACTER } from '../../../core/bytes.js';
import { deadLetter } from '../../../core/dead-letter.js';
import type { EndedUnit, UnitDraft } from '../../../queue/port.js';
import type { Sharing } from '../ports.js';
import type { RangeResult } from '../ranges/types.js';
import type { RunContext } from '../run-context.js';
import type { RangeEnds } from '../scan/key-scan.js';
import type { OpenTarget } from '../scan/open-target.js';
import type { Scan } from '../scan/scan-target.js';
import { joinRanges } from './join-ranges.js';
import { addPartitionCounts, type RangeReport, type RangeUnit } from './range-report.js';
import { splitRest, UNIT_SIZES, type UnitSizes } from './split-rest.js';

/**
 * Lets workers on any hosts list targets, and settles what they found here. The scans, by the targets' urls, equal
 * those of `scanTarget`. A range that no attempt could list is a failure of the run and a gap.
 */
export async function shareScans(
  targets: readonly { open: OpenTarget; needs: unknown }[],
  sharing: Sharing,
  run: RunContext,
): Promise<Map<string, Scan>> {
  const shared = targets.map(({ open, needs }) => new SharedTarget(open, needs, sharing, run));
  const handedOut: { target: SharedTarget; range: RangeUnit }[] = [];
  async function* drafts(): AsyncGenerator<UnitDraft | undefined> {
    while (shared.some(({ isOver }) => !isOver)) {
      const target = shared.find(({ waiting }) => waiting.length > 0);
      const range = target?.waiting.shift();
      if (target && range) handedOut.push({ target, range });
      yield range && target && draftOf(range, target.needs);
    }
  }
  try {
    await sharing.distributor.run(
      drafts(),
      {
        ended: async (unit) => {
          const { target, range } = handedOut[unit.unit] ?? unknownUnit(unit);
          await target.add(range, unit);
        },
        waiting: ({ workers }) => {
          const { keys, pages } = run.progress;
          run.ports.emit({ type: 'progress', unit: 'keys', done: keys, detail: { ranges: pages, workers } });
        },
      },
      run.ports.signal,
    );
  } catch (error) {
    if (!run.ports.signal.aborted) run.failures.addThrown(error, 'registry');
  }
  const scans = new Map<string, Scan>();
  for (const target of shared) scans.set(target.url, await target.finish());
  return scans;
}

/** One target while workers list it. */
class SharedTarget {
  /** Ranges that were not handed out yet. */
  readonly waiting: RangeUnit[];
  readonly #open: OpenTarget;
  readonly #sharing: Sharing;
  readonly #run: RunContext;
  readonly #sizes: UnitSizes;
  readonly #ranges: RangeResult<RangeEnds>[] = [];
  #boundaries: readonly string[] = [];
  #ahead = 1;
  #isGivenUp = false;
  #keys = 0;
  #requests = 0;
  #serverNowMs: number | undefined;

  constructor(
    open: OpenTarget,
    readonly needs: unknown,
    sharing: Sharing,
    run: RunContext,
  ) {
    this.#open = open;
    this.#sharing = sharing;
    this.#run = run;
    this.#sizes = sharing.sizes ?? UNIT_SIZES;
    this.waiting = [{ url: this.url, maxKeys: this.#sizes.firstKeys, explores: true }];
  }

  get url(): string {
    return this.#open.target.url;
  }

  /** Whether no more results will arrive. */
  get isOver(): boolean {
    return this.#isGivenUp || this.#ahead === 0;
  }

  /** If the results cannot be added up, this target fails; the others continue. */
  async add(range: RangeUnit, unit: EndedUnit): Promise<void> {
    // A revoked result leaves its range unlisted, so the scan is abandoned.
    if (unit.state === 'recalled' || this.#isGivenUp) return;
    try {
      if (unit.state === 'dead') this.#addGap(range, unit);
      else await this.#addReport(range, unit.result as RangeReport);
      this.#ahead -= 1;
    } catch (error) {
      this.#isGivenUp = true;
      this.waiting.length = 0;
      if (!this.#run.ports.signal.aborted) this.#run.failures.addThrown(error, this.url);
    }
  }

  /** Gaps are undefined if not every range was listed. */
  async finish(): Promise<Scan> {
    const counts = { keys: this.#keys, requests: this.#requests };
    if (this.#isGivenUp || this.#ahead > 0) return { ...counts, gaps: undefined, serverNowMs: this.#nowMs };
    const inOrder = this.#ranges.sort((a, b) => compareUtf8(a.startAfter ?? '', b.startAfter ?? ''));
    const { closed, orphans, gaps } = joinRanges(inOrder);
    await this.#open.settler.settle({ closed, orphans, unrecognised: [] }, this.#nowMs);
    return { ...counts, gaps, serverNowMs: this.#nowMs };
  }

  get #nowMs(): number {
    return this.#serverNowMs ?? this.#run.ports.clock.now().getTime();
  }

  async #addReport(range: RangeUnit, report: RangeReport): Promise<void> {
    const { settler, partitions, target } = this.#open;
    this.#keys += report.keys;
    this.#requests += report.requests;
    this.#run.progress.keys += report.keys;
    this.#run.progress.pages += 1;
    if (report.serverNowMs !== null)
      this.#serverNowMs = Math.max(this.#serverNowMs ?? report.serverNowMs, report.serverNowMs);
    for (const failure of report.failures) this.#run.failures.add(failure);
    target.allowlist?.noteLines(report.usedLines);
    addPartitionCounts(report.partitions, partitions);
    for (const { serverNowMs, ...work } of report.works) await settler.settle(work, serverNowMs);
    this.#ranges.push(rangeResult(range.startAfter, report.rest?.last ?? range.endAt, report.ends));
    this.#handOutRest(range, report);
  }

  #handOutRest({ endAt }: RangeUnit, { rest, boundaries }: RangeReport): void {
    if (rest === undefined) return;
    if (boundaries.length > 0) this.#boundaries = boundaries;
    const { unitKeys } = this.#sizes;
    const prefixLength = this.#open.lister.prefix.length;
    const known = { boundaries: this.#boundaries, prefixLength, unitKeys };
    const ends = [...splitRest(rest, endAt, known), endAt];
    let startAfter = rest.last;
    for (const end of ends) {
      const until = end === undefined ? {} : { endAt: end };
      this.waiting.push({ url: this.url, startAfter, ...until, maxKeys: unitKeys, explores: false });
      startAfter = end ?? startAfter;
    }
    this.#ahead += ends.length;
  }

  #addGap({ startAfter, endAt }: RangeUnit, unit: EndedUnit): void {
    const { retryCommand } = this.#sharing;
    const { code, subject, message, detail } = deadLetter(unit, retryCommand);
    this.#run.failures.add({ code, subject, message, hint: retryCommand }, detail);
    const gap = { after: startAfter, upTo: endAt };
    this.#ranges.push(
      rangeResult(startAfter, endAt, { leadingSiblings: [], trailingArchives: [], gaps: [gap] }),
    );
  }
}

function rangeResult(
  startAfter: string | undefined,
  endAt: string | undefined,
  result: RangeEnds,
): RangeResult<RangeEnds> {
  return { startAfter, endAt, result };
}

function draftOf(range: RangeUnit, needs: unknown): UnitDraft {
  const { url, startAfter, endAt } = range;
  const from = startAfter === undefined ? 'from the first key' : `after ${placeOf(startAfter)}`;
  const to = endAt === undefined ? 'to the last' : `up to ${placeOf(endAt)}`;
  return { needs, about: `${url}, ${from} ${to}`, payload: range };
}

function placeOf(key: string): string {
  if (!key.endsWith(LAST_CHARACTER)) return JSON.stringify(key);
  return `the end of ${JSON.stringify(key.slice(0, -LAST_CHARACTER.length))}`;
}

function unknownUnit({ unit }: EndedUnit): never {
  throw new Error(`unit ${unit} was never handed out`);
}
