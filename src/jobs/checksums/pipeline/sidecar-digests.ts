import { isDeepStrictEqual } from 'node:util';
import type { Files, FoundFile, Location, SidecarDigest } from '../../../files/port.js';
import type { ArtifactRow } from '../../../registry/artifacts/artifacts-port.js';
import type { LocatedRow } from './locate-rows.js';

/** Adds digests from checksum files next to the rows' files. */
export class SidecarDigests {
  readonly #files: Pick<Files, 'sidecars'>;

  constructor(files: Pick<Files, 'sidecars'>) {
    this.#files = files;
  }

  /** Returns the rows in their order, each with the digests in the sidecars of its file. */
  async added(rows: readonly LocatedRow[]): Promise<LocatedRow[]> {
    const asked = rows.flatMap(({ row: { type }, location }, row) =>
      filesOf(location).map((file) => ({ row, file, type })),
    );
    const answers = await this.#files.sidecars(asked.map(({ file, type }) => ({ file, type })));
    const found = new Map<number, NonNullable<ArtifactRow['recorded']>>();
    asked.forEach(({ row }, i) => {
      const digests = answers[i] ?? [];
      if (digests.length > 0) found.set(row, [...(found.get(row) ?? []), ...digests.map(asSidecar)]);
    });
    return rows.map(({ row, location }, i) => {
      const recorded = [...(row.recorded ?? []), ...(found.get(i) ?? [])];
      return { location, row: found.has(i) ? { ...row, recorded } : row };
    });
  }

  /**
   * Whether the sidecars still have the digests that the row was given: a file may be replaced together with its
   * sidecar.
   */
  async areAsBefore({ row, location }: LocatedRow): Promise<boolean> {
    const files = filesOf(location);
    const now = await this.#files.sidecars(files.map((file) => ({ file, type: row.type })));
    const before = (row.recorded ?? []).filter(({ isSidecar }) => isSidecar === true);
    return isDeepStrictEqual(now.flat().map(asSidecar), before);
  }
}

function asSidecar(digest: SidecarDigest): SidecarDigest & { isSidecar: true } {
  return { ...digest, isSidecar: true };
}

function filesOf(location: Location): readonly FoundFile[] {
  if (location.kind === 'file') return [location.file];
  return location.kind === 'several' ? location.files : [];
}
