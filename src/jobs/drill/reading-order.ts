import { KEPT_BYTES } from '../../archive/decoded-run.js';
import { addTo } from '../../core/groups.js';
import type { ProofSubject } from '../../registry/recovery/proofs-port.js';
import type { Place } from './backups.js';

/**
 * The order in which contents are restored: the first one and those that are decoded with it, then the next. So a span
 * of an archive is decoded about once, whatever the order of the artifacts, and the oldest proof is not kept waiting.
 */
export function readingOrder(
  subjects: readonly ProofSubject[],
  places: ReadonlyMap<string, Place>,
): ProofSubject[] {
  const together = new Map<unknown, ProofSubject[]>();
  for (const subject of subjects) {
    const place = places.get(subject.sha256);
    addTo(together, place === undefined ? subject : (spanOf(place) ?? subject), subject);
  }
  const positionOf = ({ sha256 }: ProofSubject): number => places.get(sha256)?.member.dataAt ?? 0;
  return [...together.values()].flatMap((group) => {
    const place = places.get(group[0]?.sha256 ?? '');
    // A short span stays decoded, so that contents are read from it in any order.
    if (place === undefined || spanBytes(place) <= KEPT_BYTES) return group;
    return group.sort((a, b) => positionOf(a) - positionOf(b));
  });
}

/** Names the part of a compressed archive that is decoded from one checkpoint. */
function spanOf(place: Place): string | undefined {
  if (place.archive.index.footer.meta.access === 'plain') return undefined;
  return `${place.archive.url} ${Math.floor(place.member.dataAt / spanBytes(place))}`;
}

/** How much is decoded from one checkpoint, about. */
function spanBytes({ archive }: Place): number {
  const { checkpoints, spanBytes: wanted, uncompressedBytes } = archive.index.footer.meta;
  return Math.max(1, wanted, uncompressedBytes / Math.max(1, checkpoints));
}
