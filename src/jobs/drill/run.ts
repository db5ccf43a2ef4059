import { type Fit, ReadBudget } from '../../core/read-budget.js';
import { formatSize } from '../../core/sizes.js';
import { StopRequest } from '../../core/stop.js';
import type { ProofSubject } from '../../registry/recovery/proofs-port.js';
import { Backups, type Copy, type Place } from './backups.js';
import { Bound, DoesNotFit } from './limits.js';
import type { DrillOptions, DrillPorts, DrillSummary } from './options.js';
import { type Drilled, drillOutcome } from './outcome.js';
import { readingOrder } from './reading-order.js';
import { type LargeContent, restoreInParts } from './restore-in-parts.js';
import { Scratch } from './scratch.js';
import { DrillTally } from './tally.js';
import { badCopy, type CopyResult, different, type Tried } from './tried-copy.js';

/**
 * Artifacts per registry query. Each query puts all of them in order, and each look-up reads parts of all indexes, so
 * each asks for more than the one before: a drill of a few is not late, and one of all has few queries.
 */
const GROWTH = 4;
const LARGEST_PAGE = 4 ** 8;
/** What takes longer to look up is not asked for in larger pages: a drill that ends meanwhile has restored none of it. */
const LOOK_UP_MS = 5000;

/**
 * Restores artifacts from the backups, those with the oldest proof first, until there are no more or a limit is
 * reached. Each completed attempt is recorded in the ledger, whatever stops the drill later.
 * @throws Failure `store.*`, `drill.scratch`, `registry.*`
 */
export async function drill(options: DrillOptions, ports: DrillPorts): Promise<Drilled> {
  const run = new DrillRun(options, ports, await Scratch.in(ports.temporary));
  try {
    return await run.run();
  } finally {
    await run.scratch.remove();
  }
}

/** How many more artifacts are tried after one does not fit into this run: a smaller one may fit. */
const MOST_MISSES = 1000;

class DrillRun {
  readonly #backups: Backups;
  readonly #time: ReadBudget;
  /** Contents that are restored in parts: those that earlier drills began come first. */
  readonly #large: LargeContent[] = [];
  /** Whether any of them had its turn. */
  #hadLarge = false;
  /** Artifacts that do not fit into this run; the next run starts with them. */
  readonly #postponed: string[] = [];
  #postponedBy: Bound['by'] | undefined;
  readonly #tally: DrillTally;
  #bytesRestored = 0;

  readonly #options: DrillOptions;
  readonly #ports: DrillPorts;

  constructor(
    options: DrillOptions,
    ports: DrillPorts,
    readonly scratch: Scratch,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#tally = new DrillTally(options.runId, ports);
    this.#backups = new Backups(ports);
    this.#time = new ReadBudget(options.maxDurationMs, () => ports.clock.monotonicMs());
  }

  async run(): Promise<Drilled> {
    let stoppedBy: DrillSummary['stopped_by'] = null;
    try {
      const { artifacts } = await this.#ports.ledger.counts();
      if (artifacts > 0) await this.#backups.open();
      if (this.#backups.indexed > 0) {
        if (await this.#resume()) await this.#readLarge();
        await this.#sample(artifacts);
        await this.#readLarge();
      }
      stoppedBy = this.#postponedBy ?? null;
    } catch (error) {
      if (error instanceof Bound) stoppedBy = error.by;
      else if (this.#ports.signal.reason instanceof StopRequest) stoppedBy = 'signal';
      else throw error;
    } finally {
      await this.#backups.close();
    }
    return this.#outcome(stoppedBy);
  }

  async #sample(total: number): Promise<void> {
    const { clock, ledger, emit } = this.#ports;
    for (let size = 1; ; ) {
      const page = await ledger.next(this.#options.runId, this.#leftOut(), size);
      if (page.length === 0) return;
      const startedMs = clock.monotonicMs();
      const places = await this.#backups.locate(page.map(({ sha256 }) => sha256));
      if (clock.monotonicMs() - startedMs < LOOK_UP_MS) size = Math.min(GROWTH * size, LARGEST_PAGE);
      for (const subject of readingOrder(page, places)) {
        this.#checkTime();
        // From half of the limits on it is the turn of contents that never fit, so that they progress in every drill.
        if (this.#isHalfUsed) await this.#readLarge();
        await this.#tryInTime(subject, places.get(subject.sha256));
        emit({ type: 'progress', unit: 'rows', done: this.#tally.counts.sampled, total });
      }
    }
  }

  /** Limits the time per artifact: one that takes too long would come first in every run and block all others. */
  async #tryInTime(subject: ProofSubject, place: Place | undefined): Promise<void> {
    try {
      await this.#tryOne(subject, place);
    } catch (error) {
      if (!(error instanceof DoesNotFit)) throw error;
      this.#setAside(subject, error.fit, error.sizeBytes);
    }
  }

  /**
   * Finds what earlier drills have begun; what is no longer wanted is forgotten. Returns whether the last drill had no
   * time for any of it: then this one begins with it.
   */
  async #resume(): Promise<boolean> {
    const { ledger, parts } = this.#ports;
    const begun = await parts.begun();
    const ids = begun.map(({ subject }) => subject);
    const current = new Map((await ledger.current(ids)).map((subject) => [subject.artifactId, subject]));
    let isOverdue = true;
    for (const { subject: id, archiveUrl, sizeBytes, advancedBytes } of begun) {
      const subject = current.get(id);
      if (subject === undefined) continue;
      const reason = 'earlier drills could not finish it';
      this.#large.push({ subject, sizeBytes, reason, ...(archiveUrl !== '' && { archiveUrl }) });
      isOverdue &&= advancedBytes === 0;
    }
    await parts.forget(ids.filter((id) => !current.has(id)));
    return isOverdue;
  }

  #leftOut(): string[] {
    const large = this.#large.map(({ subject }) => subject.artifactId);
    return [...this.#tally.tooLarge, ...this.#postponed, ...this.#tally.inParts, ...large];
  }

  get #isHalfUsed(): boolean {
    return this.#time.isHalfOver || this.#bytesRestored >= this.#options.maxBytes / 2;
  }

  /** Restores contents in parts until there are no more or a limit is reached. @throws Bound */
  async #readLarge(): Promise<void> {
    for (let large = this.#large[0]; large !== undefined; large = this.#large[0]) {
      this.#checkTime();
      if (this.#bytesRestored >= this.#options.maxBytes) throw new Bound('bytes');
      this.#hadLarge = true;
      const { subject, archiveUrl } = large;
      const copies = this.#backups.copies(subject.sha256, archiveUrl);
      await this.#tryCopies(subject, copies, (copy) => this.#restorePart(large, copy));
      this.#large.shift();
    }
  }

  /** Tries one copy after another until one has the recorded content. */
  #tryOne(subject: ProofSubject, place: Place | undefined): Promise<void> {
    if (place === undefined) return this.#tally.notProven(subject, undefined);
    return this.#tryCopies(subject, this.#backups.copiesFrom(place), async (copy) => {
      const { sizeBytes } = copy.member;
      if (sizeBytes > this.#options.maxBytes) {
        const reason = `its size (${formatSize(sizeBytes)}) exceeds --max-bytes`;
        this.#large.push({ subject, sizeBytes, reason });
        return 'left';
      }
      if (this.#bytesRestored + sizeBytes > this.#options.maxBytes) {
        this.#postpone(subject, 'bytes');
        return 'left';
      }
      const fit = this.#time.begin(sizeBytes);
      if (fit !== 'fits') throw new DoesNotFit(fit, sizeBytes);
      return (await this.#restore(copy, subject.sha256)) ?? 'proven';
    });
  }

  /** Records the result of the copies of an artifact. A copy that cannot be read is a finding, and the next one is tried. */
  async #tryCopies(
    subject: ProofSubject,
    copies: AsyncIterable<Copy>,
    attempt: (copy: Copy) => Promise<CopyResult>,
  ): Promise<void> {
    let bad: Tried | undefined;
    for await (const copy of copies) {
      const result = await attempt(copy);
      if (result === 'left') return;
      if (result === 'proven') {
        await this.#tally.proven(subject, copy);
        return;
      }
      // A failed copy is more important than one that could not be tried.
      if (bad === undefined || (bad.isCold && !result.isCold)) bad = result;
      this.#tally.badCopy(subject, result);
    }
    await this.#tally.notProven(subject, bad);
  }

  /** Undefined if the copy yielded exactly the recorded content; otherwise why it did not. */
  async #restore(copy: Copy, sha256: string): Promise<Tried | undefined> {
    try {
      const found = await this.scratch.restore(copy.read(), (bytes) => {
        this.#bytesRestored += bytes;
        this.#checkTime();
        const fit = this.#time.read(bytes);
        if (fit !== 'fits') throw new DoesNotFit(fit, copy.member.sizeBytes);
      });
      return found === sha256 ? undefined : different(copy, found);
    } catch (error) {
      return badCopy(copy, error);
    }
  }

  async #restorePart({ subject, reason }: LargeContent, copy: Copy): Promise<CopyResult> {
    if (copy.member.sparse) {
      this.#tally.leaveOut(subject, `${reason}; a sparse file cannot be restored in parts`);
      return 'left';
    }
    const { parts, clock, signal } = this.#ports;
    try {
      const result = await restoreInParts(subject.artifactId, copy, {
        ...{ parts, scratch: this.scratch },
        monotonicMs: () => clock.monotonicMs(),
        bytesLeft: () => this.#options.maxBytes - this.#bytesRestored,
        hasTime: () => !this.#time.isOver && !signal.aborted,
        onBytes: (count) => {
          this.#bytesRestored += count;
        },
      });
      if (result.kind === 'finished')
        return result.sha256 === subject.sha256 ? 'proven' : different(copy, result.sha256);
      if (result.advancedBytes > 0) this.#tally.leavePart(subject);
      else if (!signal.aborted)
        this.#tally.leaveOut(
          subject,
          `${reason}; decoding up to the end of the last part took the rest of the time`,
        );
      return 'left';
    } catch (error) {
      return badCopy(copy, error);
    }
  }

  #setAside(subject: ProofSubject, fit: Exclude<Fit, 'fits'>, sizeBytes: number): void {
    if (fit === 'later') this.#postpone(subject, 'duration');
    else this.#large.push({ subject, sizeBytes, reason: this.#time.explain(sizeBytes) });
  }

  /** Ends the drill for contents for which it had no time. */
  async #leaveLarge(): Promise<void> {
    const [first] = this.#large;
    if (first === undefined) return;
    this.#ports.emit({ type: 'left', subjects: this.#large.map(({ subject }) => subject.artifactId) });
    const { subject, sizeBytes } = first;
    if (!this.#hadLarge) await this.#ports.parts.wait({ subject: subject.artifactId, sizeBytes });
  }

  #postpone({ artifactId }: ProofSubject, by: Bound['by']): void {
    this.#postponed.push(artifactId);
    this.#postponedBy ??= by;
    this.#ports.emit({ type: 'left', subjects: [artifactId] });
    if (this.#postponed.length >= MOST_MISSES) throw new Bound(by);
  }

  #checkTime(): void {
    this.#ports.signal.throwIfAborted();
    if (this.#time.isOver) throw new Bound('duration');
  }

  async #outcome(stoppedBy: DrillSummary['stopped_by']): Promise<Drilled> {
    await this.#leaveLarge();
    const { artifacts, neverProven, oldestProofAt } = await this.#ports.ledger.counts();
    const summary: DrillSummary = {
      artifacts_total: artifacts,
      ...this.#tally.counts,
      too_large: this.#tally.tooLarge.length,
      in_parts: this.#tally.inParts.length,
      archives_indexed: this.#backups.indexed,
      archives_left_out: this.#backups.leftOut,
      bytes_fetched: this.#backups.bytesFetched,
      bytes_restored: this.#bytesRestored,
      oldest_proof_at: oldestProofAt,
      never_proven: neverProven,
      stopped_by: stoppedBy,
    };
    return drillOutcome(summary, this.#ports.signal);
  }
}
