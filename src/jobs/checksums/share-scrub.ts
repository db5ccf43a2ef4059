import type { ArtifactRow } from '../../registry/artifacts-port.js';
import { Gathered } from './gathered.js';
import { enterWindow, stopAtClosing } from './keep-window.js';
import type { ScrubOptions } from './options.js';
import { type ChecksumOutcome, outcomeOf } from './outcome.js';
import { expectScrub, oldestFirst, stopAfter } from './scrub.js';
import { coverage } from './scrub-coverage.js';
import { handOut, type SharedPorts } from './share.js';
import { Stopper } from './stopper.js';
import { requireAccounted, type ScrubSummary, Tally } from './summary.js';
import { unitsOf } from './unit-drafts.js';

/**
 * The scrub, done by workers on any hosts. `--max-duration` and `--max-bytes` hold for all of them together.
 * @throws Failure `window.closed`, `artifacts.none` before any unit was handed out
 */
export async function shareScrub(
  options: ScrubOptions,
  ports: SharedPorts,
): Promise<ChecksumOutcome<ScrubSummary>> {
  const startedMs = ports.clock.monotonicMs();
  const stopper = new Stopper(() => undefined);
  const unfollow = stopper.follow(ports.signal);
  const tally = new Tally();
  await enterWindow(options, ports, stopper);
  const startedAt = ports.clock.now();
  const never = await expectScrub(options, ports, tally);
  const gathered = new Gathered(tally, ports, ports.retryCommand);
  const endWatch = stopAtClosing(options, ports.clock, stopper);
  const deadline = new AbortController();
  void stopAfter(options.maxDurationMs, ports, stopper, deadline.signal);
  const allowance = new Allowance(options.maxBytes);
  const rows = allowance.take(oldestFirst(options, ports, { stopper, startedAt }));
  try {
    await handOut(unitsOf(rows, tally.total.rows_remaining, options, ports), gathered, tally, stopper, ports);
  } finally {
    deadline.abort();
    endWatch();
    unfollow();
  }
  if (allowance.isSpent) stopper.stop('limit');
  if (gathered.failure) stopper.fail(gathered.failure);
  stopper.rethrowBug();
  if (!stopper.stopped) tally.nothingRemains();
  const driftOpen = stopper.failure ? tally.total.drift_events : await ports.drift.openCount(options.types);
  const summary: ScrubSummary = {
    ...tally.total,
    drift_open: driftOpen + (ports.writes ? 0 : tally.total.drift_events),
    bytes_hashed: gathered.bytes,
    elapsed_ms: Math.round(ports.clock.monotonicMs() - startedMs),
    stopped_by: stopper.stoppedBy,
    by_type: tally.byType(),
    rows_never_verified: never,
    ...(await coverage(options, ports, tally, stopper)),
  };
  requireAccounted(summary);
  const drift = Math.max(summary.drift_open, summary.drift_events - gathered.rejectedDrift);
  return outcomeOf(summary, { drift, lost: gathered.lostUnexplained }, options, stopper);
}

/** Takes rows until `--max-bytes` are handed out, but always the first. */
class Allowance {
  #bytesLeft: number;
  #isFirst = true;
  isSpent = false;

  constructor(bytes: number | undefined) {
    this.#bytesLeft = bytes ?? Number.POSITIVE_INFINITY;
  }

  async *take(
    batches: AsyncIterable<{ row: ArtifactRow; sizeBytes: number }[]>,
  ): AsyncGenerator<ArtifactRow[]> {
    for await (const batch of batches) {
      const taken = batch.filter(({ sizeBytes }) => this.#affords(sizeBytes)).map(({ row }) => row);
      yield taken;
      if (this.isSpent) return;
    }
  }

  #affords(sizeBytes: number): boolean {
    // A file larger than the whole allowance is read when its turn comes: else it would never be.
    if (this.isSpent || (sizeBytes > this.#bytesLeft && !this.#isFirst)) {
      this.isSpent = true;
      return false;
    }
    this.#isFirst = false;
    this.#bytesLeft -= sizeBytes;
    return true;
  }
}
