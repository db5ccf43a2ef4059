import type { Decode } from '../../../archive/read-archive.js';
import { Failure } from '../../../core/failure.js';
import type { Finding } from '../../../core/finding.js';
import { type JobOutcome, statusOfExit } from '../../../core/outcome.js';
import { counted } from '../../../core/pluralize.js';
import { StopRequest } from '../../../core/stop.js';
import type { Emit } from '../../../events/event.js';
import type { ArchiveRef } from '../archive-ref.js';
import type { Existing, Placement } from '../placement.js';
import { type BuildOneOptions, type BuiltOne, buildOne } from './build-one.js';
import { type BuildSummary, noArchives, nothingBuilt } from './build-summary.js';
import { type BuildWork, type WorkItem, workOf } from './build-work.js';

export interface BuildOptions extends BuildOneOptions {
  work: BuildWork;
  dryRun: boolean;
  /** Number of archives to process in parallel. */
  concurrency: number;
}

export interface BuildPorts {
  decode: Decode;
  /** `known`: the archive's siblings according to a listing of its store. */
  placementFor(archive: ArchiveRef, known?: Existing): Placement;
  /** Whether this is the canary, which must never get a listing. */
  isCanary(archive: ArchiveRef): boolean;
  emit: Emit;
  signal: AbortSignal;
}

/**
 * Writes listings and indexes. A damaged archive is a finding and does not stop the others. The siblings of an archive
 * are either complete or absent, so a stopped run can simply be run again.
 */
export async function buildListings(
  options: BuildOptions,
  ports: BuildPorts,
): Promise<JobOutcome<BuildSummary>> {
  const run = new BuildRun(options, ports);
  const queue = workOf(options.work, ports.signal);
  const workers = Array.from({ length: Math.max(1, options.concurrency) }, () => run.work(queue));
  for (const end of await Promise.allSettled(workers)) {
    if (end.status === 'rejected' && !ports.signal.aborted) throw end.reason;
  }
  return run.outcome();
}

class BuildRun {
  readonly #summary = nothingBuilt();
  #brokenWorld = false;
  readonly #options: BuildOptions;
  readonly #ports: BuildPorts;

  constructor(options: BuildOptions, ports: BuildPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** One of several workers that share a queue. */
  async work(queue: AsyncGenerator<WorkItem>): Promise<void> {
    for (;;) {
      if (this.#ports.signal.aborted) return;
      const next = await queue.next();
      if (next.done === true) return;
      await this.#one(next.value);
    }
  }

  outcome(): JobOutcome<BuildSummary> {
    const summary = this.#summary;
    const { signal } = this.#ports;
    const stopped =
      signal.aborted && signal.reason instanceof StopRequest ? signal.reason.exitCode : undefined;
    if (signal.aborted && stopped === undefined) throw signal.reason;
    if (stopped === undefined && summary.archives_total + summary.canaries === 0) {
      throw noArchives();
    }
    const exitCode = stopped ?? (this.#brokenWorld ? 3 : summary.failed > 0 ? 1 : 0);
    return { status: statusOfExit(exitCode), exitCode, summary };
  }

  async #one({ archive, known }: WorkItem): Promise<void> {
    const summary = this.#summary;
    if (this.#ports.isCanary(archive)) {
      summary.canaries += 1;
      return;
    }
    summary.archives_total += 1;
    this.#ports.emit({ type: 'progress', unit: 'archives', done: summary.archives_total });
    try {
      const placement = this.#ports.placementFor(archive, known);
      await (this.#options.dryRun ? this.#plan(archive, placement) : this.#build(archive, placement));
      this.#ports.emit({ type: 'examined', subjects: [archive.store.urlOf(archive.key)] });
    } catch (error) {
      // Stores report an abort in different ways; `outcome` gives the reason.
      if (this.#ports.signal.aborted) return;
      if (!(error instanceof Failure)) throw error;
      this.#brokenWorld = true;
      summary.failed += 1;
      this.#found({
        code: error.code,
        severity: 'error',
        subject: archive.store.urlOf(archive.key),
        message: error.message,
      });
    }
  }

  async #plan(archive: ArchiveRef, placement: Placement): Promise<void> {
    const options = this.#options;
    const summary = this.#summary;
    const existing = await placement.existing();
    const lacks = (['listing', 'index'] as const).filter(
      (sibling) =>
        (sibling === 'listing' || options.index) && (options.replace || (existing[sibling] ?? 0) === 0),
    );
    if (lacks.length === 0) {
      summary.skipped += 1;
      return;
    }
    summary.planned += 1;
    const subject = archive.store.urlOf(archive.key);
    const message = `would write its ${lacks.join(' and ')}`;
    this.#found({ code: 'listing.would_build', severity: 'info', subject, message });
  }

  async #build(archive: ArchiveRef, placement: Placement): Promise<void> {
    const summary = this.#summary;
    const ports = this.#ports;
    const built = await buildOne(archive, placement, this.#options, {
      decode: ports.decode,
      signal: ports.signal,
      onBytes: (count) => {
        summary.bytes_read += count;
        ports.emit({ type: 'progress', unit: 'bytes', done: summary.bytes_read });
      },
    });
    this.#count(archive, built);
  }

  #count(archive: ArchiveRef, built: BuiltOne): void {
    const summary = this.#summary;
    if (built.status === 'skipped') {
      summary.skipped += 1;
      return;
    }
    if (built.status === 'failed') {
      summary.failed += 1;
      this.#found(built.finding);
      return;
    }
    const { facts } = built;
    summary.built += 1;
    summary.members += facts.members;
    summary.listing_bytes += facts.listingBytes;
    summary.index_bytes += facts.indexBytes;
    this.#found({
      code: 'listing.built',
      severity: 'info',
      subject: archive.store.urlOf(archive.key),
      message: `${counted(facts.members, 'member')}; wrote its ${built.placed.join(' and ')}`,
      detail: {
        members: facts.members,
        listing_bytes: facts.listingBytes,
        index_bytes: facts.indexBytes,
        checkpoint_bytes: facts.checkpointBytes,
        member_table_bytes: facts.memberTableBytes,
        access: facts.access,
      },
    });
    for (const finding of built.findings) this.#found(finding);
  }

  #found(finding: Finding): void {
    this.#ports.emit({ type: 'finding', finding });
  }
}
