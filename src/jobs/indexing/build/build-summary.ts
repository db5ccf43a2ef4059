import { Failure } from '../../../core/failure.js';

/** As `--json` and the run's row have it. */
export interface BuildSummary {
  archives_total: number;
  built: number;
  /** Had all that was wanted. */
  skipped: number;
  /** With --dry-run: would have been built. */
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

/** Nothing to do is nothing checked: a wrong prefix must not look like work done. */
export function noArchives(): Failure {
  return new Failure('archive.none_found', 'there is no archive where some were expected', {
    hint: 'check the prefix; archives are found by their extension',
  });
}
