import type { ArtifactRow, OldestKey } from '../../../registry/artifacts/artifacts-port.js';
import type { ChecksumPorts, ScrubOptions } from '../options.js';
import { hasDigest, standingOf } from '../pipeline/current-marker.js';
import { READ_KEYS, readRows } from '../pipeline/read-rows.js';
import type { Tally } from '../report/summary.js';

/** A page costs a scan and a sort, so pages grow: a large table is not scanned once per 20,000 rows. */
const PAGE_KEYS = { first: 20_000, last: 320_000 };

/** What a scrub selected: each key is either read or skipped. */
export interface Selection {
  keys: number;
  /** Rows that were deleted, no longer have a digest, or share their id with another row. */
  skipped: number;
}

interface OldestRow {
  row: ArtifactRow;
  sizeBytes: number;
}

/**
 * Rows with a digest that were last verified before `before`, least recently verified first, one batch at a time. A
 * batch is read only when it is requested. Memory does not grow with the table. Counts the selected rows.
 */
export async function* oldestFirst(
  { artifacts, clock }: Pick<ChecksumPorts, 'artifacts' | 'clock'>,
  { types, batchRows, before }: Pick<ScrubOptions, 'types' | 'batchRows'> & { before: Date },
  selection: Selection,
  { tally, signal }: { tally: Tally; signal: AbortSignal },
): AsyncGenerator<OldestRow[]> {
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
      const keys = page.slice(i, i + batchRows);
      const read = await readRows(artifacts, keys.filter(isAlone), READ_KEYS, tally);
      const rows = read.flatMap((row) => sized(row, clock.now()));
      selection.keys += keys.length;
      selection.skipped += keys.length - rows.length;
      yield rows;
    }
    after = page.at(-1);
    if (page.length < limit) return;
  }
}

function sized(row: ArtifactRow, now: Date): OldestRow[] {
  const standing = standingOf(row, now);
  return hasDigest(row, now) && standing.kind !== 'open'
    ? [{ row, sizeBytes: standing.marker.sizeBytes }]
    : [];
}
