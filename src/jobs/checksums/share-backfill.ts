import type { ArtifactKey } from '../../registry/artifacts-port.js';
import { countDrift, expectWork, filterOf } from './backfill.js';
import { Gathered } from './gathered.js';
import { enterWindow, stopAtClosing } from './keep-window.js';
import type { BackfillOptions } from './options.js';
import { type ChecksumOutcome, outcomeOf } from './outcome.js';
import { handOut, type SharedPorts } from './share.js';
import { Stopper } from './stopper.js';
import { type BackfillSummary, requireAccounted, Tally } from './summary.js';
import { unitsOf } from './unit-drafts.js';
import { workKeys } from './work-list.js';

/**
 * The backfill, done by workers on any hosts: this side plans, waits and adds up, and reads no file. Summary, findings
 * and exit code are those of one machine.
 * @throws Failure `window.closed`, `artifacts.none` before any unit was handed out
 */
export async function shareBackfill(
  options: BackfillOptions,
  ports: SharedPorts,
): Promise<ChecksumOutcome<BackfillSummary>> {
  const startedMs = ports.clock.monotonicMs();
  const stopper = new Stopper(() => undefined);
  const unfollow = stopper.follow(ports.signal);
  const tally = new Tally();
  const filter = filterOf(options, ports);
  await enterWindow(options, ports, stopper);
  await expectWork(options, ports, tally, filter);
  const gathered = new Gathered(tally, ports, ports.retryCommand);
  const endWatch = stopAtClosing(options, ports.clock, stopper);
  const limit = new Limit(options.limit);
  const open = tally.total.rows_remaining;
  const keys = workKeys(ports.artifacts, { filter, all: options.stat, signal: stopper.signal });
  try {
    if (open > 0)
      await handOut(unitsOf(limit.take(keys), open, options, ports), gathered, tally, stopper, ports);
  } finally {
    endWatch();
    unfollow();
  }
  if (limit.isReached) stopper.stop('limit');
  if (gathered.failure) stopper.fail(gathered.failure);
  stopper.rethrowBug();
  if (!stopper.stopped) tally.nothingRemains();
  const driftOpen = await countDrift(options, ports, stopper, tally);
  const summary: BackfillSummary = {
    ...tally.total,
    drift_open: driftOpen,
    bytes_hashed: gathered.bytes,
    elapsed_ms: Math.round(ports.clock.monotonicMs() - startedMs),
    stopped_by: stopper.stoppedBy,
    by_type: tally.byType(),
  };
  requireAccounted(summary);
  const drift = Math.max(driftOpen, summary.drift_events - gathered.rejectedDrift);
  return outcomeOf(summary, { drift, lost: gathered.lostUnexplained }, options, stopper);
}

/** Cuts the keys off at `--limit`, and knows whether there were more. */
class Limit {
  #left: number;
  isReached = false;

  constructor(rows: number | undefined) {
    this.#left = rows ?? Number.POSITIVE_INFINITY;
  }

  async *take(pages: AsyncIterable<ArtifactKey[]>): AsyncGenerator<ArtifactKey[]> {
    for await (const page of pages) {
      const taken = page.slice(0, this.#left);
      this.#left -= taken.length;
      yield taken;
      if (taken.length === page.length) continue;
      this.isReached = true;
      return;
    }
  }
}
