import type { PageSource, PageWithKeys } from './types.js';

/** How many levels of directories with a single entry to descend in search of the first branching. */
const MAX_DESCENT = 1;
/** The maximum number of child prefixes per request. */
const MAX_CHILDREN = 1000;

/** The directories below the prefix, or below its only subdirectory: the best places to split a listing. */
export async function firstBranching<Page extends PageWithKeys>(
  source: Pick<PageSource<Page>, 'prefix' | 'children'>,
  signal?: AbortSignal,
): Promise<{ prefixes: string[]; requests: number }> {
  let below = source.prefix;
  for (let level = 0; ; level += 1) {
    const { prefixes, keys, truncated } = await source.children(below, MAX_CHILDREN, signal);
    const only = prefixes.length === 1 && keys.length === 0 && !truncated ? prefixes[0] : undefined;
    if (only === undefined || level === MAX_DESCENT) return { prefixes, requests: level + 1 };
    below = only;
  }
}
