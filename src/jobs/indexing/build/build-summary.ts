import { Failure } from '../../../core/failure.js';

/** As in the `--json` output and in the run's record. */
export interface BuildSummary {
  archives_total: number;
  built: number;
  /** Already complete. */
  skipped: number;
  /** With --dry-run: archives that would be built. */
  planned: number;
  failed: number;
  canaries: number;
  members: number;
  bytes_read: number;
  listing_bytes: number;
  index_bytes: number;
}

export function nothingBuilt(): BuildSummary {
  return {
    archives_total: 0,
    built: 0,
    skipped: 0,
    planned: 0,
    failed: 0,
    canaries: 0,
    members: 0,
    bytes_read: 0,
    listing_bytes: 0,
    index_bytes: 0,
  };
}

/** Finding no archives is a failure, so that a wrong prefix does not look like success. */
export function noArchives(): Failure {
  return new Failure('archive.none_found', 'no archives found', {
    hint: 'check the prefix; archives are recognized by their extension',
  });
}
