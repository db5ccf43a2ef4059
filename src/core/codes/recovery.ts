import type { CodeEntry } from './entry.js';

/** Codes of job 3: recovery. */
export const recoveryCodes: Record<string, CodeEntry> = {
  'recovery.no_types': {
    kind: 'failure',
    meaning: 'No artifact type was given and none is configured.',
    action: 'Name one with `--type`, or configure `recovery.types`.',
  },
  'recovery.no_sources': {
    kind: 'failure',
    meaning: 'No source is configured, so there is nowhere to search.',
    action: 'Configure `recovery.sources`: directories, a git repository, archives.',
  },
  'plan.invalid': {
    kind: 'failure',
    meaning: 'The file is not a valid plan.',
    action: 'Make a new plan with `salvor recovery plan`.',
  },
  'plan.version': {
    kind: 'failure',
    meaning: 'The plan was written by a version of Salvor with an incompatible plan format.',
    action: 'Make a new plan with `salvor recovery plan`.',
  },
  'plan.edited': {
    kind: 'failure',
    meaning: 'The plan was edited by hand or damaged.',
    action: 'Make decisions with `salvor recovery review`, then make a new plan.',
  },
  'plan.other_registry': {
    kind: 'failure',
    meaning: 'The plan was made for another registry or table.',
    action: 'Use the registry that it was made for, or make a new plan.',
  },
  'plan.not_found': {
    kind: 'failure',
    meaning: 'There is no plan at this path.',
    action: 'Make one with `salvor recovery plan`, or pass the path of its file.',
  },
  'review.unknown': {
    kind: 'failure',
    meaning: 'The plan has no such row, or the row has no such candidate.',
    action: 'List rows and candidates with `salvor recovery review`.',
  },
  'row.unreadable': {
    kind: 'warning',
    meaning: "Salvor could not check whether an artifact's file exists, so the row was left out.",
    action: 'Check the permissions along its path.',
  },
  'candidate.changed': {
    kind: 'error',
    also: { severity: 'warning', when: 'in a plan; the row needs a new decision' },
    meaning: 'A candidate changed or disappeared after it was planned or accepted.',
    action: 'Make a new plan, and repeat the decision if someone had accepted the candidate.',
  },
  'decision.changed': {
    kind: 'error',
    meaning: 'Someone made a decision about the row after the plan, page or command was prepared.',
    action: 'Check the decision that the message names. Then make a new plan, or decide again.',
  },
  'review.unbindable': {
    kind: 'failure',
    meaning: 'No candidate can be bound to the row because no file may be placed at its path.',
    action: "Fix the row's file_path, then make a new plan.",
  },
  'plan.other_destination': {
    kind: 'failure',
    meaning: 'The plan uses another destination directory than the configuration.',
    action: 'Make a new plan with `salvor recovery plan`.',
  },
  'destination.group': {
    kind: 'warning',
    meaning:
      'A recovered file was bound, but its group could not be set to the configured one or that of its directory.',
    action: 'Add the account that runs salvor to the group, or set `recovery.group`. Then `chgrp` the file.',
  },
  'todo.settled': {
    kind: 'info',
    meaning: 'An unfinished file change of a killed run or undo was completed or reverted.',
    action: 'Nothing. The message says what was done.',
  },
  'todo.pending': {
    kind: 'warning',
    meaning: 'An unfinished file change of a killed run or undo could not be completed yet.',
    action: 'Fix the problem in the message, or run a recovery on the host that it names.',
  },
  'bind.brought_back': {
    kind: 'info',
    meaning: 'The undo of a bind was itself undone, and the file was moved back from the quarantine.',
    action: 'Nothing.',
  },
  'content.contradicts': {
    kind: 'error',
    meaning: 'The content from a source has another digest or size than the row has on record.',
    action: 'Review it with `salvor recovery review`. The row was left unchanged.',
  },
  'content.check_failed': {
    kind: 'error',
    meaning:
      'The content from a source does not have the format that its name implies, or cannot be checked.',
    action: 'Review it with `salvor recovery review`. The row was left unchanged.',
  },
  'destination.unsafe': {
    kind: 'error',
    also: { severity: 'warning', when: 'in a plan; the row is left out' },
    meaning:
      "A file cannot be placed at its row's path: a path segment starts with a dot or is too long, it has control characters, a link is on the way, or two rows share the path.",
    action: "Fix the row's file_path.",
  },
  'destination.exists': {
    kind: 'error',
    meaning: 'Another file exists at the destination of a recovered file. Existing files are never replaced.',
    action: 'Inspect the existing file, and move it away if it does not belong to the artifact.',
  },
  'destination.failed': {
    kind: 'error',
    meaning: 'A recovered file could not be written: the disk is full, read-only, or failed.',
    action: 'Fix the problem in the message, then apply the plan again.',
  },
  'source.failed': {
    kind: 'error',
    meaning:
      'A source could not be searched, so its contents are unknown. No row is reported as unrecoverable because of it.',
    action:
      'Fix the problem in the message (a missing directory, a repository, access to a bucket), then make a new plan.',
  },
  'source.unknown': {
    kind: 'error',
    meaning: 'The plan uses a source that is no longer configured.',
    action: 'Configure the source again, or make a new plan.',
  },
  'listing.truncated': {
    kind: 'warning',
    meaning: 'A listing is cut off (its last line is incomplete), so its archive was searched only in part.',
    action: 'Rebuild it with `salvor listings build ARCHIVE --upload --replace`.',
  },
  'archive.unlisted': {
    kind: 'warning',
    meaning: 'An archive has no listing and was not searched.',
    action:
      'Build the listing with `salvor listings build ARCHIVE --upload`, or search with `--scan-unlisted`.',
  },
  'index.unusable': {
    kind: 'warning',
    meaning:
      'An index could not be used. The listing is searched instead, and restoring reads the archive from its beginning.',
    action: 'Rebuild it with `salvor listings build ARCHIVE --upload --replace`.',
  },
  'references.failed': {
    kind: 'warning',
    meaning:
      'The configured references query failed, so the residual list does not show what last used each file.',
    action: 'Fix `references.sql`. It must return artifact_id, at and by.',
  },
  'cache.full': {
    kind: 'warning',
    meaning:
      'Files that had to be read for a decision did not fit into the cache or on its disk, so their content is unknown. `apply` reads and checks those that the plan binds anyway.',
    action: 'Free space next to the plan and plan again, or decide with `salvor recovery review`.',
  },
  'bind.quarantined': {
    kind: 'info',
    meaning: 'A bind was undone, and its file was moved to the quarantine folder.',
    action: 'Nothing. The file is kept there.',
  },
  'bind.file_left': {
    kind: 'warning',
    meaning: 'A bind was undone, but its file was left where it is. The message gives the reason.',
    action: 'Check whether the file is still needed.',
  },
  'drill.failed': {
    kind: 'error',
    meaning:
      "The index of a backup lists an artifact's recorded content, but the archive returned different bytes.",
    action: 'Do not rely on this copy. Check the archive with `salvor listings check ARCHIVE`.',
  },
  'drill.no_copy': {
    kind: 'warning',
    meaning: "No indexed archive contains an artifact's recorded content.",
    action:
      'Index the archives with `salvor listings build PREFIX --missing --upload`, or back up the artifact.',
  },
  'drill.too_large': {
    kind: 'warning',
    meaning:
      'An artifact was left out: it is larger than the byte limit of one drill, or needs more time than one drill has, and it cannot be restored over several drills. The message says why.',
    action:
      'Occasionally run a longer drill with `--max-bytes` or `--max-duration` raised to what the artifact needs, or restore it once with `salvor restore ARCHIVE MEMBER`.',
  },
  'drill.nothing': {
    kind: 'failure',
    meaning: 'Nothing was proved: no artifact could be restored.',
    action:
      'The message says what is missing: recorded digests (`salvor checksums backfill`), indexes (`salvor listings build PREFIX --missing --upload`), or higher limits.',
  },
  'drill.scratch': {
    kind: 'failure',
    meaning: 'The scratch directory that a drill restores into could not be used.',
    action: 'Free space in the directory for temporary files, or set TMPDIR to another one.',
  },
};
