import type { ArtifactRow, OldestKey } from '../../registry/artifacts-port.js';
import { hasDigest, standingOf } from './done.js';
import type { ChecksumPorts, ScrubOptions } from './options.js';
import { READ_KEYS } from './pipeline.js';

/** A page costs a scan: it must be worth it. Keys are small. */
const PAGE_KEYS = 20_000;

/** What a scrub took up: each key ends as a row that is read, or is skipped. */
export interface Selection {
  keys: number;
  /** Rows that were deleted, or have no digest any more, since they were selected. */
  skipped: number;
}

export interface OldestRow {
  row: ArtifactRow;
  sizeBytes: number;
}

/**
 * Rows with a digest that were last verified before `before`, the longest unverified first, a batch at a time and read
 * only when the batch is asked for. Memory does not grow with the table. Counts what it selects.
 */
export async function* oldestFirst(
  { artifacts, clock }: Pick<ChecksumPorts, 'artifacts' | 'clock'>,
  { types, batchRows, before }: Pick<ScrubOptions, 'types' | 'batchRows'> & { before: Date },
  selection: Selection,
  signal: AbortSignal,
): AsyncGenerator<OldestRow[]> {
  let after: OldestKey | undefined;
  for (;;) {
    const page = await artifacts.oldestDone(after, PAGE_KEYS, { types, before });
    for (let i = 0; i < page.length; i += batchRows) {
      if (signal.aborted) return;
      const ids = page.slice(i, i + batchRows).map((key) => key.id);
      const rows = (await artifacts.read(ids, { keys: READ_KEYS })).flatMap((row) => sized(row, clock.now()));
      selection.keys += ids.length;
      selection.skipped += ids.length - rows.length;
      yield rows;
    }
    after = page.at(-1);
    if (page.length < PAGE_KEYS) return;
  }
}

function sized(row: ArtifactRow, now: Date): OldestRow[] {
  const standing = standingOf(row, now);
  return hasDigest(row, now) && standing.kind !== 'open'
    ? [{ row, sizeBytes: standing.marker.sizeBytes }]
    : [];
}
