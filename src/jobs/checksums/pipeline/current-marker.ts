import { type Marker, markerOf } from '../../../core/checksum-marker.js';
import { timeText } from '../../../core/iso-time.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';

/**
 * The marker of a row that need not be read: the three keys are valid, and the path is the one that was hashed. A marker
 * that is not the one in `salvor.digests` was written by someone else since, who hashed the path that the row had then.
 */
export function doneMarker(row: ArtifactRow, recheckBefore?: Date): Marker | undefined {
  if (row.metadata.kind === 'bad') return undefined;
  const marker = markerOf(row.metadata.keys);
  if (!marker) return undefined;
  if (recheckBefore !== undefined && marker.computedAt < timeText(recheckBefore)) return undefined;
  const samePath = row.digest === null || row.digest.path === row.path;
  return samePath || row.digest?.computedAt !== marker.computedAt ? marker : undefined;
}
