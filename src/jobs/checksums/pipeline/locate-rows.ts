import type { Files, LocateRequest, Location } from '../../../files/port.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';

/** A row and where its file is. */
export interface LocatedRow {
  row: ArtifactRow;
  location: Location;
}

/** Finds the files of rows, in their order. Reads no content. */
export async function locateRows(
  files: Pick<Files, 'locate'>,
  rows: readonly ArtifactRow[],
): Promise<LocatedRow[]> {
  const locations = await files.locate(rows.map(requestOf));
  return rows.map((row, i) => ({
    row,
    location: locations[i] ?? { kind: 'no_file', reason: 'it was not looked for' },
  }));
}

/** What to look for as the row's file. */
export function requestOf(row: ArtifactRow): LocateRequest {
  return { type: row.type, path: row.path ?? '' };
}
