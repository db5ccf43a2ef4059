import type { ArtifactReader, ArtifactRow, OldestKey } from '../../../registry/artifacts/artifacts-port.js';
import type { ScrubOptions } from '../options.js';
import { doneMarker } from '../pipeline/current-marker.js';
import { READ_KEYS } from '../pipeline/pipeline.js';
import { readRows } from '../pipeline/read-rows.js';
import type { Tally } from '../report/summary.js';

/** A page costs a scan and a sort: pages grow, so that a large table is not scanned once for each 20,000 rows. */
const PAGE_KEYS = { first: 20_000, last: 320_000 };

/**
 * Done rows that were last verified before `before`, the longest unverified first, a batch at a time and read only when
 * the batch is asked for. Memory does not grow with the table.
 */
export async function* oldestFirst(
  artifacts: ArtifactReader,
  before: Date,
  { types, batchRows }: Pick<ScrubOptions, 'types' | 'batchRows'>,
  { tally, signal }: { tally: Tally; signal: AbortSignal },
): AsyncGenerator<{ row: ArtifactRow; sizeBytes: number }[]> {
  let after: OldestKey | undefined;
  const { ids: ambiguous } = await artifacts.ambiguousIds();
  const isAlone = ({ id, type }: OldestKey): boolean => {
    if (ambiguous.has(id)) tally.result(type, 'id_not_unique');
    return !ambiguous.has(id);
  };
  for (let limit = PAGE_KEYS.first; ; limit = Math.min(2 * limit, PAGE_KEYS.last)) {
    const page = await artifacts.oldestDone(after, limit, { types, before });
    for (let i = 0; i < page.length; i += batchRows) {
      if (signal.aborted) return;
      const rows = await readRows(artifacts, page.slice(i, i + batchRows).filter(isAlone), READ_KEYS, tally);
      yield rows.flatMap((row) => {
        const marker = doneMarker(row);
        return marker && row.path !== null ? [{ row, sizeBytes: marker.sizeBytes }] : [];
      });
    }
    after = page.at(-1);
    if (page.length < limit) return;
  }
}
