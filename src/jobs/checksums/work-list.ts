import type { ArtifactKey, ArtifactReader, ArtifactRow, WorkFilter } from '../../registry/artifacts-port.js';

/** Where the table has no index on (type, id), a page costs a scan: it must be worth it. Keys are small. */
const PAGE_KEYS = 20_000;

export interface WorkListOptions {
  filter: WorkFilter;
  batchRows: number;
  /** All rows with a path, not only those that are not done. */
  all: boolean;
  keys: readonly string[];
  signal: AbortSignal;
}

/**
 * The rows to work on, in (type, id) order, a batch at a time and read only when the batch is asked for: what others did
 * in the meantime is seen. Memory does not grow with the table.
 */
export async function* workList(
  artifacts: ArtifactReader,
  options: WorkListOptions,
): AsyncGenerator<ArtifactRow[]> {
  const { filter, batchRows, all, signal } = options;
  let after: ArtifactKey | undefined;
  for (;;) {
    const page = all
      ? await artifacts.allKeys(after, PAGE_KEYS, filter)
      : await artifacts.openKeys(after, PAGE_KEYS, filter);
    for (let i = 0; i < page.length; i += batchRows) {
      if (signal.aborted) return;
      const ids = page.slice(i, i + batchRows).map((key) => key.id);
      yield await artifacts.read(ids, { keys: options.keys });
    }
    after = page.at(-1);
    if (page.length < PAGE_KEYS || signal.aborted) return;
  }
}
