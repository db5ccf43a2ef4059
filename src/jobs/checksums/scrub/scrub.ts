import type { ChecksumPorts, ScrubOptions } from '../options.js';
import { RunUnderWay } from '../pipeline/active-run.js';
import { runPipeline } from '../pipeline/drive-pipeline.js';
import { enterWindow, stopAtClosing } from '../pipeline/keep-window.js';
import { ByteLimit, stopAfter } from '../pipeline/limits.js';
import type { ChecksumOutcome } from '../pipeline/outcome.js';
import { RowPipeline } from '../pipeline/pipeline.js';
import { reportProgress } from '../pipeline/progress.js';
import { concludeScrub } from '../report/conclude.js';
import type { ScrubSummary } from '../report/summary.js';
import { expectScrub, type ScrubExpectation } from './expected-rows.js';
import { oldestFirst, type Selection } from './oldest-first.js';

/**
 * Reads hashed files again, least recently verified first. An unchanged file gets a new time in `salvor.digests`, with
 * one journal entry for the run. Drift is recorded and held, never written to the artifact.
 * @throws Failure `root.unavailable`, `window.closed`, `artifacts.none` before any row is processed
 */
export async function scrubChecksums(
  options: ScrubOptions,
  ports: ChecksumPorts,
): Promise<ChecksumOutcome<ScrubSummary>> {
  const run = new RunUnderWay(ports, () => ports.files.stop());
  const { stopper, tally } = run;
  const settings = { action: 'verify', onDrift: 'hold', skipsDone: false } as const;
  const pipeline = new RowPipeline(options, ports, settings, run);
  const selection: Selection = { keys: 0, skipped: 0 };
  let expected: ScrubExpectation;
  try {
    await enterWindow(options, ports, stopper);
    await ports.files.checkRoots();
    const before = ports.clock.now();
    expected = await expectScrub(options, ports, tally);
    run.onEnd(reportProgress(ports, tally));
    run.onEnd(stopAtClosing(options, ports.clock, stopper));
    run.onEnd(stopAfter(options.maxDurationMs, ports.clock, stopper));
    const limit = new ByteLimit(options.maxBytes, ports.parts && ((row) => pipeline.aside.add(row)));
    const rows = oldestFirst(ports, { ...options, before }, selection, { tally, signal: stopper.signal });
    await runPipeline(limit.take(rows), limit, pipeline, stopper);
  } finally {
    run.end();
  }
  return concludeScrub(run, { read: pipeline.results, expected, selection }, options, ports);
}
