import { deadLetter, deadLetters } from '../../../core/dead-letter.js';
import { combineExitCodes, type ExitCode, type Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { type JobOutcome, statusOfExit } from '../../../core/outcome.js';
import { StopRequest } from '../../../core/stop.js';
import type { StoreReader } from '../../../objectstore/port.js';
import type { Distributor, EndedUnit, UnitDraft } from '../../../queue/port.js';
import { listArchives } from '../gaps.js';
import type { BuildPorts } from './build.js';
import { type BuildSummary, noArchives, nothingBuilt } from './build-summary.js';

/** One archive for a worker, and its siblings according to the listing of its store. */
export interface ArchiveUnit {
  store: string;
  key: string;
  listingBytes: number | null;
  indexBytes: number | null;
}

/** The result for one archive. */
export interface ArchiveResult {
  summary: BuildSummary;
  findings: Finding[];
  exitCode: ExitCode;
}

export interface ShareBuildPorts extends Pick<BuildPorts, 'isCanary' | 'emit' | 'signal'> {
  distributor: Distributor;
  retryCommand: string;
  /** What a worker needs for the archives of a store. @throws Failure `store.*` */
  needsOf(store: string): Promise<unknown>;
}

/**
 * `listings build --missing`, distributed to workers, one archive per unit. This side lists the stores, waits, and sums
 * up. If a worker is killed after it wrote the siblings of an archive but before it reported that, the archive counts
 * as already complete.
 * @throws Failure `archive.none_found`, `store.*`, `registry.*`
 */
export async function shareBuild(
  stores: readonly StoreReader[],
  ports: ShareBuildPorts,
): Promise<JobOutcome<BuildSummary> & { failure?: Failure }> {
  const run = new SharedBuild(stores, ports);
  await ports.distributor.run(
    run.drafts(),
    {
      ended: (unit) => run.add(unit),
      waiting: ({ workers }) => {
        const { archives_total: done } = run.summary;
        ports.emit({ type: 'progress', unit: 'archives', done, detail: { workers } });
      },
    },
    ports.signal,
  );
  return run.outcome();
}

class SharedBuild {
  readonly summary = nothingBuilt();
  readonly #exitCodes: ExitCode[] = [];
  #dead = 0;
  readonly #stores: readonly StoreReader[];
  readonly #ports: ShareBuildPorts;

  constructor(stores: readonly StoreReader[], ports: ShareBuildPorts) {
    this.#stores = stores;
    this.#ports = ports;
  }

  async *drafts(): AsyncGenerator<UnitDraft> {
    for (const store of this.#stores) {
      const needs = await this.#ports.needsOf(store.url);
      for await (const { key, listingBytes, indexBytes } of listArchives(store, this.#ports.signal)) {
        if (this.#ports.isCanary({ store, key })) {
          this.summary.canaries += 1;
          continue;
        }
        const payload: ArchiveUnit = {
          store: store.url,
          key,
          listingBytes: listingBytes ?? null,
          indexBytes: indexBytes ?? null,
        };
        yield { needs, about: store.urlOf(key), payload };
      }
    }
  }

  add(unit: EndedUnit): void {
    if (unit.state === 'recalled') return;
    if (unit.state === 'dead') {
      this.#dead += 1;
      this.summary.archives_total += 1;
      this.summary.failed += 1;
      this.#ports.emit({ type: 'finding', finding: deadLetter(unit, this.#ports.retryCommand) });
      return;
    }
    const { summary, findings, exitCode } = unit.result as ArchiveResult;
    for (const key of Object.keys(summary) as (keyof BuildSummary)[]) this.summary[key] += summary[key];
    this.#exitCodes.push(exitCode);
    this.#ports.emit({ type: 'examined', subjects: [unit.about] });
    for (const finding of findings) this.#ports.emit({ type: 'finding', finding });
  }

  outcome(): JobOutcome<BuildSummary> & { failure?: Failure } {
    const { summary } = this;
    const { signal, retryCommand } = this.#ports;
    if (signal.aborted && !(signal.reason instanceof StopRequest)) throw signal.reason;
    const stopped = signal.reason instanceof StopRequest ? [signal.reason.exitCode] : [];
    if (stopped.length === 0 && summary.archives_total + summary.canaries === 0) throw noArchives();
    const failure = this.#dead === 0 ? undefined : deadLetters(this.#dead, retryCommand);
    const exitCode = combineExitCodes([
      ...this.#exitCodes,
      ...stopped,
      ...(failure ? [failure.exitCode] : []),
    ]);
    return { status: statusOfExit(exitCode), exitCode, summary, ...(failure ? { failure } : {}) };
  }
}
