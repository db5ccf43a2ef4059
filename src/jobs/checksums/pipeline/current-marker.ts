import { type Marker, markerOf } from '../../../core/checksum-marker.js';
import { timeText } from '../../../core/iso-time.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';

/** What is known about a row's file before it is read. `future`: its marker is later than now and is ignored. */
export type Standing =
  | { kind: 'done'; marker: Marker; verifiedAt: string }
  | { kind: 'future'; marker: Marker }
  | { kind: 'open' };

/**
 * A row is done if its three keys are valid, the marker is not in the future, and its path is the one that was hashed.
 * A marker that differs from the one in `salvor.digests` was written later by another program, which hashed the path
 * that the row had then; such a marker is accepted as it is.
 */
export function standingOf(row: ArtifactRow, now: Date): Standing {
  const marker = row.metadata.kind === 'bad' ? undefined : markerOf(row.metadata.keys);
  if (!marker) return { kind: 'open' };
  const { digest } = row;
  const isOwn = digest !== null && digest.computedAt === marker.computedAt;
  if (isOwn && digest.path !== row.path) return { kind: 'open' };
  if (marker.computedAt > timeText(now)) return { kind: 'future', marker };
  return { kind: 'done', marker, verifiedAt: (isOwn ? digest.verifiedAt : null) ?? marker.computedAt };
}

/** The marker of a row that does not have to be read. */
export function currentMarker(row: ArtifactRow, now: Date, recheckBefore?: Date): Marker | undefined {
  const standing = standingOf(row, now);
  if (standing.kind !== 'done') return undefined;
  const isOld = recheckBefore !== undefined && standing.verifiedAt < timeText(recheckBefore);
  return isOld ? undefined : standing.marker;
}

/** Whether a scrub reads the row: it has a digest, whatever the time in its marker. */
export function hasDigest(row: ArtifactRow, now: Date): boolean {
  return row.path !== null && row.path !== '' && standingOf(row, now).kind !== 'open';
}
