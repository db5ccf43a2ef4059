import type { Clock } from '../../../core/clock.js';
import type {
  ArtifactKey,
  ArtifactReader,
  ArtifactRow,
  WorkFilter,
} from '../../../registry/artifacts/artifacts-port.js';
import type { BackfillOptions } from '../options.js';

/** Where the table has no index on (type, id), a page costs a scan: it must be worth it. Keys are small. */
const PAGE_KEYS = 20_000;

export interface WorkKeysOptions {
  filter: WorkFilter;
  /** All rows with a path, not only those that are not done. */
  all: boolean;
  signal: AbortSignal;
}

export interface WorkListOptions extends WorkKeysOptions {
  batchRows: number;
  keys: readonly string[];
}

/** Which rows a backfill is about. */
export function filterOf(
  { types, recheckOlderThanMs }: Pick<BackfillOptions, 'types' | 'recheckOlderThanMs'>,
  clock: Clock,
): WorkFilter {
  if (recheckOlderThanMs === undefined) return { types };
  return { types, recheckBefore: new Date(clock.now().getTime() - recheckOlderThanMs) };
}

/**
 * The rows to work on, in (type, id) order, a batch at a time and read only when the batch is asked for: what others did
 * in the meantime is seen. Memory does not grow with the table.
 */
export async function* workList(
  artifacts: ArtifactReader,
  options: WorkListOptions,
): AsyncGenerator<ArtifactRow[]> {
  const { batchRows, signal } = options;
  for await (const page of workKeys(artifacts, options)) {
    for (let i = 0; i < page.length; i += batchRows) {
      if (signal.aborted) return;
      const ids = page.slice(i, i + batchRows).map((key) => key.id);
      yield await artifacts.read(ids, { keys: options.keys });
    }
  }
}

/** Their keys, a page at a time. */
export async function* workKeys(
  artifacts: ArtifactReader,
  { filter, all, signal }: WorkKeysOptions,
): AsyncGenerator<ArtifactKey[]> {
  let after: ArtifactKey | undefined;
  for (;;) {
    const page = all
      ? await artifacts.allKeys(after, PAGE_KEYS, filter)
      : await artifacts.openKeys(after, PAGE_KEYS, filter);
    yield page;
    after = page.at(-1);
    if (page.length < PAGE_KEYS || signal.aborted) return;
  }
}
