import type { CodeEntry } from './entry.js';

/** Codes of job 1: listings verify. */
export const listingCodes: Record<string, CodeEntry> = {
  'listing.missing': {
    kind: 'error',
    meaning:
      'An archive has no listing next to it: a file in it can only be found by reading the whole archive.',
    action: 'Run `salvor listings build <url> --missing`, and check why the backup did not write it.',
  },
  'listing.too_small': {
    kind: 'error',
    meaning: 'The listing of an archive is smaller than `--min-size`, most often empty.',
    action:
      'Run `salvor listings build <archive> --upload --replace`, and look for a listing step that fails silently.',
  },
  'listing.pending': {
    kind: 'info',
    meaning:
      'The listing of an archive younger than the grace period is missing or too small; the next run checks it again.',
    action: 'Nothing, unless the next run reports it again.',
  },
  'listing.stale': {
    kind: 'warning',
    meaning:
      'A listing is older than its archive by more than the grace: it may describe an earlier version.',
    action: 'Build the listing again; with a sync tool that uploads small files first, use `--stale off`.',
  },
  'listing.orphan': {
    kind: 'warning',
    meaning: 'A listing stands without its archive.',
    action: 'Find out whether the archive was deleted on purpose, then delete its listing.',
  },
  'index.orphan': {
    kind: 'warning',
    meaning: 'An index stands without its archive.',
    action: 'Find out whether the archive was deleted on purpose, then delete its index.',
  },
  'index.missing': {
    kind: 'error',
    meaning: 'An archive has no index, and `--require-index` asks for one.',
    action: 'Run `salvor listings build <archive> --upload`.',
  },
  'index.pending': {
    kind: 'info',
    meaning:
      'The index of an archive younger than the grace period is missing; the next run checks it again.',
    action: 'Nothing, unless the next run reports it again.',
  },
  'archive.unrecognised': {
    kind: 'warning',
    meaning:
      'A key looks like an archive and is none that is known, such as `a.tar.gz.gpg` or `a.tar.part-aa`: nothing verifies it.',
    action: 'Delete what a broken upload left; for a format of your own give `--archive-pattern`.',
  },
  'archive.future': {
    kind: 'error',
    meaning:
      "An archive is dated after the store's clock by more than the grace: a clock was wrong, or its name has a typo. It never counts as the newest of its series.",
    action:
      'Correct the clock of the host that wrote it; upload it again, rename it, or put it on the allowlist.',
  },
  'archive.empty': {
    kind: 'error',
    meaning: 'An archive has 0 bytes. It never counts as the newest of its series.',
    action: 'Check the backup job that wrote it; delete the object, or put it on the allowlist.',
  },
  'archive.cold': {
    kind: 'warning',
    meaning:
      'An archive is in a storage class (GLACIER, DEEP_ARCHIVE, or an archive access tier) that can only be read hours after a restore request: the newest of its series, or one that a recovery needs.',
    action:
      'Change the lifecycle rule so that the newest archives stay readable. For a recovery, request a restore from the store, then make a new plan.',
  },
  'archive.backup_overdue': {
    kind: 'error',
    meaning: 'The newest archive of a series is older than `--max-age`.',
    action: 'Look at the backup of that host; a series that has come to its end goes into `retired`.',
  },
  'archive.vanished': {
    kind: 'warning',
    meaning: 'A partition has fewer archives than in the last complete run, by more than `--max-vanished`.',
    action: 'Compare with what the retention should delete.',
  },
  'partition.vanished': {
    kind: 'error',
    meaning: 'A partition in which a complete run saw archives has none any more.',
    action: 'Find out who deleted it; a host that was given up goes into `retired`, as `prefix/host/**`.',
  },
  'allowlist.unused': {
    kind: 'warning',
    meaning: 'An entry of the allowlist matches no archive.',
    action: 'Take it out, or correct its spelling: entries are whole object keys, or globs of them.',
  },
  'allowlist.bad_glob': {
    kind: 'failure',
    meaning: 'A line of the allowlist cannot be used.',
    action: 'Write a whole object key, or a glob of one: `*` within a segment, `**` across.',
  },
  'canary.not_found': {
    kind: 'failure',
    meaning: 'The archive that was planted without a listing did not come out: the run cannot prove itself.',
    action: 'Plant it again, or correct `--canary`.',
  },
  'canary.has_listing': {
    kind: 'failure',
    meaning: 'Something wrote a listing or an index for the planted archive, so it proves nothing.',
    action: 'Delete what stands next to it, and find out what wrote it.',
  },
  'canary.not_an_archive': {
    kind: 'failure',
    meaning: 'The canary has a name that no archive has.',
    action: 'Give it a name such as `canary/no-listing.tar.gz`.',
  },
  'listings.empty_prefix': {
    kind: 'failure',
    meaning: 'There is nothing at all under the url.',
    action: 'Check the url, and what happened to the bucket.',
  },
  'listings.no_archives': {
    kind: 'failure',
    meaning: 'There are keys under the url, but no archive among them: nothing was verified.',
    action: 'Check the url and `--archive-pattern`.',
  },
  'listings.too_many_partitions': {
    kind: 'failure',
    meaning: 'There are more partitions than any installation has hosts.',
    action: 'Give a smaller `--partition-depth`.',
  },
  'listings.bad_template': {
    kind: 'failure',
    meaning: 'The listing template is not `{key}` and a suffix without a slash.',
    action: 'Write it as `{key}.list.txt`.',
  },
  'listings.overlapping_targets': {
    kind: 'failure',
    meaning: 'One url lies within another: their archives would be judged twice.',
    action: 'Give only one of them, or one url for each part.',
  },
  'series.too_many': {
    kind: 'failure',
    meaning: 'There are too many series to know the newest archive of each, which `--max-age` needs.',
    action: 'Give a `--series-pattern` that leaves out what changes from archive to archive.',
  },
  'run.accounting': {
    kind: 'failure',
    meaning: 'The counts of a run do not add up: a defect of the program, and no result to rely on.',
    action: 'Report it, with the summary.',
  },
};
