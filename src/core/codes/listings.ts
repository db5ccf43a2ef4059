import type { CodeEntry } from './entry.js';

/** Codes of job 1: listings verify. */
export const listingCodes: Record<string, CodeEntry> = {
  'listing.missing': {
    kind: 'error',
    meaning: 'An archive has no listing next to it, so finding a file in it means reading the whole archive.',
    action:
      'Run `salvor listings build <url> --missing`, and check why the backup job did not write the listing.',
  },
  'listing.too_small': {
    kind: 'error',
    meaning: 'The listing of an archive is smaller than `--min-size`; usually it is empty.',
    action:
      'Run `salvor listings build <archive> --upload --replace`, and check whether the listing step of the backup job fails silently.',
  },
  'listing.pending': {
    kind: 'info',
    meaning:
      'The listing of an archive is missing or too small, but the archive is younger than the grace period. The next run checks it again.',
    action: 'Nothing, unless the next run reports it again.',
  },
  'listing.stale': {
    kind: 'warning',
    meaning:
      'A listing is older than its archive by more than the grace period, so it may describe an earlier version.',
    action: 'Rebuild the listing. If your sync tool uploads small files first, use `--stale off`.',
  },
  'listing.orphan': {
    kind: 'warning',
    meaning: 'A listing has no archive.',
    action: 'Check whether the archive was deleted on purpose. If so, delete the listing.',
  },
  'index.orphan': {
    kind: 'warning',
    meaning: 'An index has no archive.',
    action: 'Check whether the archive was deleted on purpose. If so, delete the index.',
  },
  'index.missing': {
    kind: 'error',
    meaning: 'An archive has no index, and `--require-index` requires one.',
    action: 'Run `salvor listings build <archive> --upload`.',
  },
  'index.pending': {
    kind: 'info',
    meaning:
      'The index of an archive is missing, but the archive is younger than the grace period. The next run checks it again.',
    action: 'Nothing, unless the next run reports it again.',
  },
  'archive.unrecognised': {
    kind: 'warning',
    meaning:
      'A key looks like an archive but has an unsupported extension, such as `a.tar.gz.gpg` or `a.tar.part-aa`, so it is not verified.',
    action: 'Delete leftovers of broken uploads. For your own format, use `--archive-pattern`.',
  },
  'archive.future': {
    kind: 'error',
    meaning:
      'An archive is dated in the future by more than the grace period: a clock was wrong, or its name has a typo. It never counts as the newest of its series.',
    action:
      'Fix the clock of the host that wrote it. Then upload the archive again, rename it, or add it to the allowlist.',
  },
  'archive.empty': {
    kind: 'error',
    meaning: 'An archive has 0 bytes. It never counts as the newest of its series.',
    action:
      'Check the backup job that wrote it, and make the backup again. Then delete the object, or add it to the allowlist.',
  },
  'archive.cold': {
    kind: 'warning',
    meaning:
      'The newest archive of a series, or one that a recovery needs, is in a storage class (GLACIER, DEEP_ARCHIVE, or an archive access tier) that can only be read hours after a restore request.',
    action:
      'Change the lifecycle rule so that the newest archives stay readable. For a recovery, request a restore from the store, then make a new plan.',
  },
  'archive.backup_overdue': {
    kind: 'error',
    meaning:
      'The newest archive of a series is older than `--max-age`. This stays open after the last archive of the series was deleted.',
    action: 'Check the backup of that host. If the series has ended, add it to `retired`.',
  },
  'archive.vanished': {
    kind: 'warning',
    meaning: 'A partition has fewer archives than in the last complete run, by more than `--max-vanished`.',
    action:
      'Check whether the retention policy explains it, or whether the store left out a part of the listing.',
  },
  'partition.vanished': {
    kind: 'error',
    meaning: 'A partition had archives in an earlier complete run and has none now.',
    action: 'Check who deleted them. If the host was decommissioned, add `prefix/host/**` to `retired`.',
  },
  'allowlist.unused': {
    kind: 'warning',
    meaning: 'An allowlist entry does not match any archive.',
    action: 'Remove it, or fix its spelling. Entries are full object keys or globs.',
  },
  'allowlist.bad_glob': {
    kind: 'failure',
    meaning: 'A line of the allowlist is invalid.',
    action: 'Write a full object key or a glob: `*` matches within a path segment, `**` across segments.',
  },
  'canary.not_found': {
    kind: 'failure',
    meaning: 'The archive that was planted without a listing was not found, so the run cannot be trusted.',
    action: 'Plant it again, or fix `--canary`.',
  },
  'canary.has_listing': {
    kind: 'failure',
    meaning: 'The planted archive now has a listing or an index, so it no longer proves anything.',
    action: 'Check which program wrote the listing or index, and delete it.',
  },
  'canary.not_an_archive': {
    kind: 'failure',
    meaning: 'The name of the canary is not that of an archive.',
    action: 'Give it a name such as `canary/no-listing.tar.gz`.',
  },
  'listings.empty_prefix': {
    kind: 'failure',
    meaning: 'There are no objects under the URL.',
    action: 'Check the URL, and whether someone emptied the bucket.',
  },
  'listings.no_archives': {
    kind: 'failure',
    meaning: 'There are objects under the URL, but none is an archive, so nothing was verified.',
    action: 'Check the URL and `--archive-pattern`.',
  },
  'listings.too_many_partitions': {
    kind: 'failure',
    meaning:
      'There are more partitions than any installation has hosts, so the partition depth is probably wrong.',
    action: 'Use a smaller `--partition-depth`.',
  },
  'listings.bad_template': {
    kind: 'failure',
    meaning: 'The listing template is not `{key}` followed by a suffix without a slash.',
    action: 'Write it as `{key}.list.txt`.',
  },
  'listings.overlapping_targets': {
    kind: 'failure',
    meaning: 'One URL is within another, so archives would be checked twice.',
    action: 'Pass only one of them, or one URL for each part.',
  },
  'series.too_many': {
    kind: 'failure',
    meaning:
      'There are too many series to keep track of the newest archive of each, as `--max-age` requires.',
    action: 'Set a `--series-pattern` that leaves out the parts that change from archive to archive.',
  },
  'run.accounting': {
    kind: 'failure',
    meaning: 'The counts of a run do not add up. This is a bug in Salvor, and the result cannot be trusted.',
    action: 'Please report it with the summary.',
  },
};
