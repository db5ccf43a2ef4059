import { compareUtf8 } from '../../../core/bytes.js';
import type { RangeResult } from '../ranges/types.js';
import { type Gap, gapsHold, gapsTouch } from '../scan/gaps.js';
import type { RangeEnds, UnmatchedSibling } from '../scan/key-scan.js';
import type { OpenArchive } from '../scan/open-stack.js';

export interface Joined {
  readonly closed: OpenArchive[];
  readonly orphans: UnmatchedSibling[];
  readonly gaps: Gap[];
}

/**
 * Decides about archives at the boundaries of ranges. An archive can have siblings after the end of its range only if
 * that end begins with the archive's key, so the state carried over is as small as the stack within a range. Archives
 * that a gap leaves open stay undecided: they are neither present nor missing.
 */
export function joinRanges(ranges: readonly RangeResult<RangeEnds>[]): Joined {
  const gaps = ranges.flatMap(({ result, endAt }) =>
    result.gaps.map(({ after, upTo }) => ({ after, upTo: earlier(upTo, endAt) })),
  );
  const closed: OpenArchive[] = [];
  const orphans: UnmatchedSibling[] = [];
  let carried: OpenArchive[] = [];
  for (const { result, endAt } of ranges) {
    for (const head of result.leadingSiblings) {
      const archive = carried.find(({ object }) => object.key === head.archiveKey);
      if (archive !== undefined) archive[head.kind] = head.object;
      else if (!gapsHold(gaps, head.archiveKey)) orphans.push(head);
    }
    const open = [...carried, ...result.trailingArchives];
    carried = open.filter(({ object }) => endAt?.startsWith(object.key));
    closed.push(...open.filter((archive) => !carried.includes(archive)));
  }
  return { closed: closed.filter(({ object }) => !gapsTouch(gaps, object.key)), orphans, gaps };
}

/** A gap ends with its range: the keys after it were listed by the next range. */
function earlier(upTo: string | undefined, endAt: string | undefined): string | undefined {
  if (upTo === undefined || endAt === undefined) return upTo ?? endAt;
  return compareUtf8(upTo, endAt) < 0 ? upTo : endAt;
}
