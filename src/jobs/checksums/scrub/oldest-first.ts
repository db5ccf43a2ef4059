import type { ArtifactReader, ArtifactRow, OldestKey } from '../../../registry/artifacts/artifacts-port.js';
import type { ScrubOptions } from '../options.js';
import { doneMarker } from '../pipeline/current-marker.js';
import { READ_KEYS } from '../pipeline/pipeline.js';

/** A page costs a scan: it must be worth it. Keys are small. */
const PAGE_KEYS = 20_000;

/**
 * Done rows that were last verified before `before`, the longest unverified first, a batch at a time and read only when
 * the batch is asked for. Memory does not grow with the table.
 */
export async function* oldestFirst(
  artifacts: ArtifactReader,
  before: Date,
  { types, batchRows }: Pick<ScrubOptions, 'types' | 'batchRows'>,
  signal: AbortSignal,
): AsyncGenerator<{ row: ArtifactRow; sizeBytes: number }[]> {
  let after: OldestKey | undefined;
  for (;;) {
    const page = await artifacts.oldestDone(after, PAGE_KEYS, { types, before });
    for (let i = 0; i < page.length; i += batchRows) {
      if (signal.aborted) return;
      const ids = page.slice(i, i + batchRows).map((key) => key.id);
      const rows = await artifacts.read(ids, { keys: READ_KEYS });
      yield rows.flatMap((row) => {
        const marker = doneMarker(row);
        return marker && row.path !== null ? [{ row, sizeBytes: marker.sizeBytes }] : [];
      });
    }
    after = page.at(-1);
    if (page.length < PAGE_KEYS) return;
  }
}
