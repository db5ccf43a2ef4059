import { Failure } from '../../src/core/failure.js';
import type { RangeUnit } from '../../src/jobs/listings/distributed/range-report.js';
import { scanRange } from '../../src/jobs/listings/distributed/scan-range.js';
import type { VerifyTarget } from '../../src/jobs/listings/options.js';
import type { StoreLister } from '../../src/objectstore/port.js';
import type { Distributor, DistributorEvents, EndedUnit, UnitDraft } from '../../src/queue/port.js';
import { decodeJson, encodeJson } from '../../src/registry/text.js';

export interface WorkerInProcess {
  /** Fresh at each call: an allowlist remembers. */
  target(url: string): VerifyTarget;
  lister(url: string): StoreLister;
  openSubjects(subjects: readonly string[]): Promise<ReadonlySet<string>>;
  /** Which of the open units is processed next. */
  choose(open: number): number;
  /** Units that no attempt can do. */
  isDead?(range: RangeUnit): boolean;
}

const ATTEMPTS = 4;

/** The distributor's port over one worker in this process: what goes to and fro is JSON, as over the database. */
export class InProcessDistributor implements Distributor {
  readonly #worker: WorkerInProcess;
  units = 0;
  /** Keys of the largest. */
  mostKeys = 0;

  constructor(worker: WorkerInProcess) {
    this.#worker = worker;
  }

  async run(
    drafts: AsyncIterable<UnitDraft | undefined>,
    events: DistributorEvents,
    signal: AbortSignal,
  ): Promise<void> {
    const source = drafts[Symbol.asyncIterator]();
    const open: { unit: number; draft: UnitDraft }[] = [];
    let isDrafted = false;
    while (!signal.aborted && (!isDrafted || open.length > 0)) {
      for (let more = !isDrafted; more; ) {
        const draft = await source.next();
        isDrafted = draft.done === true;
        more = !isDrafted && draft.value !== undefined;
        if (draft.value) open.push({ unit: this.units, draft: draft.value });
        if (draft.value) this.units += 1;
      }
      const [next] = open.splice(this.#worker.choose(open.length), 1);
      if (next === undefined) continue;
      events.waiting({ queued: open.length, active: 1, workers: 1 });
      await events.ended(await this.#attempts(next.unit, next.draft, signal));
    }
    for (const { unit, draft } of open) await events.ended(ended(unit, draft, { state: 'recalled' }));
    await source.return?.();
  }

  async close(): Promise<void> {}

  async #attempts(unit: number, draft: UnitDraft, signal: AbortSignal): Promise<EndedUnit> {
    const range = overTheWire(draft.payload) as RangeUnit;
    let error: EndedUnit['error'] = null;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      try {
        if (this.#worker.isDead?.(range)) throw new Failure('store.unavailable', 'no answer');
        const report = await scanRange(range, this.#worker.target(range.url), {
          lister: this.#worker.lister(range.url),
          openSubjects: (subjects) => this.#worker.openSubjects(subjects),
          isLastAttempt: attempt === ATTEMPTS,
          signal,
        });
        this.mostKeys = Math.max(this.mostKeys, report.keys);
        return ended(unit, draft, { state: 'done', result: overTheWire(report), attempts: attempt });
      } catch (thrown) {
        if (signal.aborted) return ended(unit, draft, { state: 'recalled' });
        if (!(thrown instanceof Failure)) throw thrown;
        error = { code: thrown.code, message: thrown.message };
      }
    }
    return ended(unit, draft, { state: 'dead', error, attempts: ATTEMPTS });
  }
}

function overTheWire(value: unknown): unknown {
  return decodeJson(JSON.parse(encodeJson(value)));
}

function ended(unit: number, { about }: UnitDraft, how: Partial<EndedUnit>): EndedUnit {
  const nobody = { worker: null, host: null, attempts: 1, reports: [], result: null, error: null };
  return { unit, about, state: 'done', ...nobody, ...how };
}
