import type { Clock } from '../../../core/clock.js';
import type {
  ArtifactKey,
  ArtifactReader,
  ArtifactRow,
  WorkFilter,
} from '../../../registry/artifacts/artifacts-port.js';
import type { BackfillOptions } from '../options.js';
import type { Tally } from '../report/summary.js';
import { readRows } from './read-rows.js';

/**
 * Rows per page. If the id has no index, each page costs a scan and a sort, so pages grow: the number of scans grows
 * with the logarithm of the table's size. The largest page takes about 20 MB.
 */
const PAGE_ROWS = { first: 20_000, last: 160_000 };

export interface WorkKeysOptions {
  filter: WorkFilter;
  /** Include rows that are done: all rows with a path. */
  all: boolean;
  /** Counts rows that are skipped: deleted in the meantime, or with an id that is not unique. */
  tally: Tally;
  signal: AbortSignal;
}

export interface WorkListOptions extends WorkKeysOptions {
  batchRows: number;
  keys: readonly string[];
}

/** The rows that a backfill covers. */
export function filterOf(
  { types, recheckOlderThanMs }: Pick<BackfillOptions, 'types' | 'recheckOlderThanMs'>,
  clock: Clock,
): WorkFilter {
  if (recheckOlderThanMs === undefined) return { types };
  return { types, recheckBefore: new Date(clock.now().getTime() - recheckOlderThanMs) };
}

/**
 * The rows to process, in the order of their ids, one batch at a time. A batch is read only when it is requested, so
 * changes that others made in the meantime are seen. Memory does not grow with the table.
 */
export async function* workList(
  artifacts: ArtifactReader,
  options: WorkListOptions,
): AsyncGenerator<ArtifactRow[]> {
  const { batchRows, signal, tally } = options;
  for await (const page of workKeys(artifacts, options)) {
    for (let i = 0; i < page.length; i += batchRows) {
      if (signal.aborted) return;
      yield await readRows(artifacts, page.slice(i, i + batchRows), options.keys, tally);
    }
  }
}

/** The keys of the rows, one page at a time. */
export async function* workKeys(
  artifacts: ArtifactReader,
  { filter, all, signal, tally }: WorkKeysOptions,
): AsyncGenerator<ArtifactKey[]> {
  let after: string | undefined;
  for (let rows = PAGE_ROWS.first; ; rows = Math.min(2 * rows, PAGE_ROWS.last)) {
    const page = await (all
      ? artifacts.allKeys(after, rows, filter)
      : artifacts.openKeys(after, rows, filter));
    for (const { type } of page.ambiguous) tally.result(type, 'id_not_unique');
    yield page.keys;
    after = page.next;
    if (after === undefined || signal.aborted) return;
  }
}
