import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { ChecksumPorts } from '../options.js';
import type { Tally } from '../report/summary.js';
import { currentMarker } from './current-marker.js';
import { statAgrees } from './decide.js';
import { locateRows } from './locate-rows.js';

export interface OpenRowsOptions {
  /** For done rows, check that the file exists and its size matches. */
  stat: boolean;
  recheckBefore?: Date | undefined;
}

/** The rows that still have to be read after a closer look; the others are counted as done. */
export async function openRows(
  batch: readonly ArtifactRow[],
  { stat, recheckBefore }: OpenRowsOptions,
  ports: Pick<ChecksumPorts, 'clock' | 'files'>,
  tally: Tally,
): Promise<ArtifactRow[]> {
  const open: ArtifactRow[] = [];
  const done: ArtifactRow[] = [];
  const now = ports.clock.now();
  for (const row of batch) {
    if (row.path === null || row.path === '') continue;
    (currentMarker(row, now, recheckBefore) ? done : open).push(row);
  }
  if (!stat) {
    for (const row of done) tally.foundDone(row.type);
    return open;
  }
  for (const { row, location } of await locateRows(ports.files, done)) {
    const there = location.kind === 'file' && statAgrees(row, location.file.identity.sizeBytes);
    if (there) tally.foundDone(row.type);
    else open.push(row);
  }
  return open;
}
