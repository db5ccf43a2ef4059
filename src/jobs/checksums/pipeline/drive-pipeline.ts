import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { Limit } from './limits.js';
import type { RowPipeline } from './pipeline.js';
import type { Stopper } from './stopper.js';

/** Passes all rows through the pipeline, unless the run is stopped first. Failures are passed to the stopper. */
export async function runPipeline(
  batches: AsyncIterable<readonly ArtifactRow[]>,
  limit: Limit,
  pipeline: RowPipeline,
  stopper: Stopper,
): Promise<void> {
  let isCutShort = false;
  try {
    for await (const rows of batches) {
      await pipeline.take(rows);
      isCutShort = pipeline.isTurnOfSetAside;
      if (stopper.stopped || isCutShort) break;
    }
  } catch (error) {
    stopper.fail(error);
  }
  // Before the stop: rows that were taken are within the limit.
  await pipeline.drain();
  if (!stopper.stopped && !pipeline.aside.isEmpty) {
    try {
      const { isFinished } = await pipeline.takeSetAside(limit.bytesLeft);
      await pipeline.drain();
      // Anything unfinished is left to the next run.
      if (!isFinished) stopper.stop('limit');
    } catch (error) {
      stopper.fail(error);
    }
  }
  if (limit.isReached || isCutShort) stopper.stop('limit');
}
