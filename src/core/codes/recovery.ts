import type { CodeEntry } from './entry.js';

/** Codes of job 3: recovery. */
export const recoveryCodes: Record<string, CodeEntry> = {
  'recovery.no_types': {
    kind: 'failure',
    meaning: 'No artifact type was asked for and none is configured.',
    action: 'Name one with `--type`, or configure `recovery.types`.',
  },
  'recovery.no_sources': {
    kind: 'failure',
    meaning: 'There is nowhere to look: no source is configured.',
    action: 'Configure `recovery.sources`: directories, a git repository, archives.',
  },
  'plan.invalid': {
    kind: 'failure',
    meaning: 'The plan cannot be read as one.',
    action: 'Make a new one with `salvor recovery plan`.',
  },
  'plan.version': {
    kind: 'failure',
    meaning: 'The plan was written by another version of the program that meant something else by it.',
    action: 'Make a new one with `salvor recovery plan`.',
  },
  'plan.edited': {
    kind: 'failure',
    meaning: 'The plan is not what was written: it was edited by hand, or damaged.',
    action: 'Decide with `salvor recovery review`, and make a new plan.',
  },
  'plan.other_registry': {
    kind: 'failure',
    meaning: 'The plan was made for another registry or table.',
    action: 'Name the registry that it was made for, or make a new plan.',
  },
  'plan.not_found': {
    kind: 'failure',
    meaning: 'There is no plan under that path.',
    action: 'Make one with `salvor recovery plan`, or name its file.',
  },
  'review.unknown': {
    kind: 'failure',
    meaning: 'The plan has no such row, or the row no such candidate.',
    action: '`salvor recovery review` shows what there is.',
  },
  'row.unreadable': {
    kind: 'warning',
    meaning: "Whether an artifact's file is there could not be told, so the row was left out.",
    action: 'Look at the permissions on its path.',
  },
  'candidate.changed': {
    kind: 'error',
    also: { severity: 'warning', when: 'in a plan, which leaves the row to the person who accepted it' },
    meaning: 'A candidate is not what it was when it was planned or accepted, or is gone.',
    action: 'Make a new plan, and decide again where a person had decided.',
  },
  'decision.changed': {
    kind: 'error',
    meaning: 'A person decided about the row since what the plan, page or command was based on.',
    action: 'Look at the decision that the message names. Make a new plan, or decide again.',
  },
  'review.unbindable': {
    kind: 'failure',
    meaning:
      'Nothing can be bound to the row whatever is accepted: its path leads nowhere that a file may be put.',
    action: "Correct the row's file_path, then make a new plan.",
  },
  'plan.other_destination': {
    kind: 'failure',
    meaning: 'The plan puts files into another directory than the configuration says.',
    action: 'Make a new plan with `salvor recovery plan`.',
  },
  'destination.group': {
    kind: 'warning',
    meaning:
      'A recovered file could not be given the group of its directory, or the configured one; it was bound.',
    action: 'Add the account that runs salvor to the group, or set `recovery.group`; then `chgrp` the file.',
  },
  'todo.settled': {
    kind: 'info',
    meaning: 'A file change that a killed run or undo left half done was completed or reverted.',
    action: 'Nothing; the message says what was done.',
  },
  'todo.pending': {
    kind: 'warning',
    meaning: 'A file change that a killed run or undo left half done could not be completed yet.',
    action: 'Fix what the message says, or run a recovery on the host that it names.',
  },
  'bind.brought_back': {
    kind: 'info',
    meaning: 'The undo of a bind was undone, and its file moved back from the quarantine.',
    action: 'Nothing.',
  },
  'content.contradicts': {
    kind: 'error',
    meaning: 'The content that came out of a source has another digest or size than the row has on record.',
    action: 'Look at it with `salvor recovery review`; the row was left as it is.',
  },
  'content.check_failed': {
    kind: 'error',
    meaning: 'The content that came out of a source is not what its name says, or cannot be checked.',
    action: 'Look at it with `salvor recovery review`; the row was left as it is.',
  },
  'destination.unsafe': {
    kind: 'error',
    also: { severity: 'warning', when: 'in a plan, which leaves the row out' },
    meaning:
      'A file cannot be put where its row says: a segment that starts with a dot, control characters, a name that is too long, a link on the way, or a place that two rows share.',
    action: "Fix the row's file_path.",
  },
  'destination.exists': {
    kind: 'error',
    meaning: 'Another file stands in the place of a recovered one. Nothing is ever replaced.',
    action: "Look at it, and move it away when it is not the artifact's.",
  },
  'destination.failed': {
    kind: 'error',
    meaning: 'A recovered file could not be written: the disk is full, read-only, or failed.',
    action: 'Fix it, and apply the plan again.',
  },
  'source.failed': {
    kind: 'error',
    meaning:
      'A place where missing files are looked for could not be searched; what it holds is not known, and no row is called gone for want of it.',
    action:
      'Fix what the message names (a missing directory, a repository, a denied bucket), and plan again.',
  },
  'source.unknown': {
    kind: 'error',
    meaning: 'The plan names a source that is not configured any more.',
    action: 'Configure it again, or make a new plan.',
  },
  'listing.truncated': {
    kind: 'warning',
    meaning:
      'A listing does not end with a line end: it was cut off, and its archive was searched in part only.',
    action: 'Write it again with `salvor listings build --replace`.',
  },
  'archive.unlisted': {
    kind: 'warning',
    meaning: 'An archive has no listing and was not searched.',
    action: 'Build it with `salvor listings build`, or search with `--scan-unlisted`.',
  },
  'index.unusable': {
    kind: 'warning',
    meaning: 'An index could not be used, so the listing was searched and the archive is streamed.',
    action: 'Build it again with `salvor listings build --replace`.',
  },
  'references.failed': {
    kind: 'warning',
    meaning:
      'The configured query of references failed, so the residual list does not say what used a file last.',
    action: 'Fix `references.sql`: it gives artifact_id, at and by.',
  },
  'cache.full': {
    kind: 'warning',
    meaning:
      'A content that had to be read to decide about it did not fit into the cache; its row needs a decision.',
    action: 'Raise the limit of the cache, or decide by hand.',
  },
  'bind.quarantined': {
    kind: 'info',
    meaning: 'A bind was taken back and its file moved to the quarantine folder.',
    action: 'Nothing; the file is kept there.',
  },
  'bind.file_left': {
    kind: 'warning',
    meaning: 'A bind was taken back and its file left in its place, for the reason that the message gives.',
    action: 'Look whether the file is still of use.',
  },
  'drill.failed': {
    kind: 'error',
    meaning:
      "A backup's index has an artifact's recorded content, and the bytes that came out of the archive are not it.",
    action: 'Check the archive with `salvor listings check`; that copy is worth nothing.',
  },
  'drill.no_copy': {
    kind: 'warning',
    meaning: "No indexed archive has an artifact's recorded content.",
    action: 'Index the archives with `salvor listings build`, or back the artifact up.',
  },
  'drill.too_large': {
    kind: 'warning',
    meaning:
      'An artifact is larger than all that one drill may restore, or needs more time than one drill has, so it was left out. The message says how long it needs.',
    action:
      'Raise `--max-bytes` or `--max-duration` to what it needs, for one drill now and then (a weekend), or restore it once with `salvor restore`.',
  },
  'drill.nothing': {
    kind: 'failure',
    meaning: 'Not one artifact could be restored to prove anything: nothing was drilled.',
    action:
      'The message says what is missing: recorded digests (`salvor checksums backfill`), indexes (`salvor listings build`), or room within the bounds.',
  },
  'drill.scratch': {
    kind: 'failure',
    meaning: 'The scratch folder that a drill restores into could not be used.',
    action: 'Make room in the folder for temporary files, or name another in TMPDIR.',
  },
};
